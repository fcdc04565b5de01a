import { setTimeout as delay } from "node:timers/promises";
import { SchedulerError } from "../../model/errors.ts";
import type { LogLevel } from "../../model/execution.ts";
import { parseDuration } from "../../schedule/duration.ts";
import type { LogFilter } from "../../store/logs.ts";
import { findJobByAnyName } from "../../store/jobs.ts";
import { readLogs } from "../../store/logs.ts";
import { jsonText } from "../../views/json-text.ts";
import type { LogItem, LogsData } from "../../views/logs.ts";
import { renderLogLine, renderLogs } from "../../views/logs.ts";
import { isAvailable } from "../available.ts";
import type { CommandContext } from "../context.ts";
import { EXIT_INTERRUPTED } from "../exit.ts";
import { unknownJob } from "../find-job.ts";
import { interruptions } from "../interruptions.ts";
import { toLogItem } from "../log-items.ts";
import type { CommandResult } from "../result.ts";
import type { Session } from "../session.ts";
import { openSession } from "../session.ts";
import { readZones } from "../zones.ts";

export interface LogsOptions {
  level?: string | undefined;
  since?: string | undefined;
  job?: string | undefined;
  execution?: string | undefined;
  pattern?: string | undefined;
  limit: number;
}

const FOLLOW_POLL_MS = 500;
const FOLLOW_LINES = 1_000;

/** `logs view`: the newest entries that match. */
export function logsView(context: CommandContext, options: LogsOptions): Promise<CommandResult> {
  return readEntries(context, options, "Log Entries");
}

/** `logs search PATTERN`: the newest entries whose message contains the pattern. */
export function logsSearch(context: CommandContext, options: LogsOptions): Promise<CommandResult> {
  return readEntries(context, options, "Search Results");
}

/**
 * `logs view --follow`: entries as they are written, until Ctrl-C. With `--json`, each is one line
 * of JSON, because there is no end at which one document could be closed.
 */
export async function logsFollow(context: CommandContext, options: LogsOptions): Promise<number> {
  const { terminal, json } = context;
  const filter = toFilter(options);
  await using session = await openSession(context);
  using signals = interruptions();
  const zoneOf = await readZones(session);
  const show = (item: LogItem): void =>
    terminal.out(
      json
        ? jsonText(item, { indent: 0 })
        : renderLogLine(item, { color: terminal.outColor, zoneOf }),
    );
  let { afterId, limit } = filter;
  while (!signals.interrupt.aborted) {
    const entries = await readLogs(session.database, { ...filter, afterId, limit });
    for (const entry of entries) show(toLogItem(entry));
    afterId = entries.at(-1)?.id ?? afterId ?? 0;
    const more = limit === FOLLOW_LINES && entries.length === FOLLOW_LINES;
    limit = FOLLOW_LINES;
    if (more) continue;
    await delay(FOLLOW_POLL_MS, undefined, { signal: signals.interrupt }).catch(() => undefined);
  }
  return EXIT_INTERRUPTED;
}

/** Nothing was said under a name that nobody has: it was probably misspelt. */
async function refuseUnknownJob(session: Session, { job }: LogsOptions): Promise<void> {
  if (job === undefined || isAvailable(session, job)) return;
  if ((await findJobByAnyName(session.database, job)) === null)
    throw await unknownJob(session, job);
}

async function readEntries(
  context: CommandContext,
  options: LogsOptions,
  title: string,
): Promise<CommandResult> {
  const filter = toFilter(options);
  await using session = await openSession(context);
  const entries = (await readLogs(session.database, filter)).map(toLogItem);
  if (entries.length === 0) await refuseUnknownJob(session, options);
  const data: LogsData = { entries, total: entries.length };
  const zoneOf = await readZones(session);
  return {
    data,
    artifactType: "table",
    title,
    text: ({ color }) => renderLogs(data, { color, zoneOf }),
  };
}

function toFilter(options: LogsOptions): LogFilter {
  return {
    level: options.level === undefined ? null : levelOf(options.level),
    since: options.since === undefined ? null : instantOf(options.since),
    jobName: options.job ?? null,
    executionId: options.execution ?? null,
    contains: options.pattern ?? null,
    afterId: null,
    limit: options.limit,
  };
}

const LEVELS: readonly Uppercase<LogLevel>[] = ["DEBUG", "INFO", "WARN", "ERROR"];

function levelOf(text: string): Uppercase<LogLevel> {
  const level = LEVELS.find((known) => known === text.toUpperCase());
  if (level !== undefined) return level;
  throw new SchedulerError("usage", `unknown level '${text}'`, {
    help: "it is one of debug, info, warn, error",
  });
}

/** `1h` is an hour ago; a date without a time is its midnight in UTC. */
function instantOf(text: string): Date {
  const ms = parseDuration(text.trim().toLowerCase());
  if (ms !== null) return new Date(Date.now() - ms);
  const zoned = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`;
  const date = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? text : zoned);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(date.getTime())) return date;
  throw new SchedulerError("usage", `cannot read the time '${text}'`, {
    help: "write how long ago (1h, 30m, 2d), or a time such as 2026-11-21T09:30:00Z",
  });
}
