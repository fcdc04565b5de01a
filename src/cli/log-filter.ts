import { SchedulerError } from "../model/errors.ts";
import type { LogLevel } from "../model/execution.ts";
import { LOG_LEVELS } from "../model/execution.ts";
import { findJobByAnyName } from "../store/jobs.ts";
import type { LogFilter } from "../store/log-filter.ts";
import { isAvailable } from "./available.ts";
import { unknownJob } from "./find-job.ts";
import { toTimeSpan } from "./past-times.ts";
import type { Session } from "./session.ts";

/** The options by which all commands of the log choose lines. */
export interface LogFilterOptions {
  level?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  module?: string | undefined;
  job?: string | undefined;
  execution?: string | undefined;
}

/**
 * Reads what the options ask for, and refuses what they cannot mean before anything is opened; their
 * times are of the zone in which the lines are shown, which `readZones` then knows.
 */
export function toLogFilter(
  options: LogFilterOptions,
): (zoneOf: (jobName: string | null) => string) => LogFilter {
  const level = options.level === undefined ? null : levelOf(options.level);
  const spanIn = toTimeSpan(options);
  return (zoneOf) => ({
    level,
    ...spanIn(zoneOf(options.job ?? null)),
    module: options.module ?? null,
    jobName: options.job ?? null,
    executionId: options.execution ?? null,
  });
}

/** Nothing was said under a name that nobody has: it was probably misspelt. */
export async function refuseUnknownJob(session: Session, job: string | undefined): Promise<void> {
  if (job === undefined || isAvailable(session, job)) return;
  if ((await findJobByAnyName(session.database, job)) === null)
    throw await unknownJob(session, job);
}

function levelOf(text: string): Uppercase<LogLevel> {
  const level = LOG_LEVELS.find((known) => known === text.toLowerCase());
  if (level !== undefined) return upper(level);
  throw new SchedulerError("usage", `unknown level '${text}'`, {
    help: `it is one of ${LOG_LEVELS.join(", ")}`,
  });
}

function upper(level: LogLevel): Uppercase<LogLevel> {
  const UPPER = { debug: "DEBUG", info: "INFO", warn: "WARN", error: "ERROR" } as const;
  return UPPER[level];
}
