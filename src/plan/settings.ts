import type { SchedulerSettings } from "../model/job.ts";
import type { JsonValue } from "../model/json.ts";
import type { FieldChange } from "./fields.ts";
import { changedValues } from "./fields.ts";

/**
 * The settings beside the jobs that differ: `database.connections.app`, `retention.logAgeMs`. The
 * default zone is left out, since each job has its own, and the plugin directory, which differs from
 * machine to machine. Nothing differs from settings that are not known.
 */
export function changedSettings(
  before: SchedulerSettings | null,
  after: SchedulerSettings,
): FieldChange[] {
  return before === null ? [] : changedValues(compared(before), compared(after));
}

const CONNECTION = /^database\.connections(?:\.([\w-]+)|\["([^"]+)"\])/;

/** The name of the connection for jobs that a changed setting is part of; null for any other. */
export function connectionName({ path }: FieldChange): string | null {
  const match = CONNECTION.exec(path);
  return match?.[1] ?? match?.[2] ?? null;
}

const ELSEWHERE = /^(?:database\.(?:url|schema)|node\.heartbeat\.(?:file|url))(?:$|[.[])/;

/**
 * Whether a changed setting leads the scheduler itself to something else: to a database, whose writers it
 * takes its jobs from, or to a file that it writes or an address that it asks, with all that it may do.
 */
export function leadsElsewhere({ path, after }: FieldChange): boolean {
  return ELSEWHERE.test(path) && (after !== null || !path.startsWith("node."));
}

function compared(settings: SchedulerSettings): JsonValue {
  const { project, timezone, database, retention, nodeConcurrency, heartbeat } = settings;
  const sign = heartbeat && { ...heartbeat.target, type: undefined, everyMs: heartbeat.everyMs };
  const node = { concurrency: nodeConcurrency, heartbeat: sign ?? {} };
  const value: JsonValue = JSON.parse(
    JSON.stringify({ project, timezone, database, retention, node }),
  );
  return value;
}
