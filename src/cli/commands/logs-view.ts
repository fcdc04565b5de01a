import { readLogs } from "../../store/logs.ts";
import type { LogEntry } from "../../store/logs.ts";
import { searchLogs } from "../../store/log-search.ts";
import type { LogsData } from "../../views/logs.ts";
import { renderLogs } from "../../views/logs.ts";
import type { CommandContext } from "../context.ts";
import { toLogItem } from "../log-items.ts";
import type { LogFilterOptions } from "../log-filter.ts";
import { refuseUnknownJob, toLogFilter } from "../log-filter.ts";
import type { CommandResult } from "../result.ts";
import type { Session } from "../session.ts";
import { openSession } from "../session.ts";
import { readZones } from "../zones.ts";

export interface LogsOptions extends LogFilterOptions {
  limit: number;
}

/** `logs view`: the newest entries that match. */
export function logsView(context: CommandContext, options: LogsOptions): Promise<CommandResult> {
  const query = { ...toLogFilter(options), contains: null, afterId: null, limit: options.limit };
  return showEntries(context, {
    job: options.job,
    title: "Log Entries",
    read: ({ database }) => readLogs(database, query),
  });
}

export interface LogsSearchOptions extends LogsOptions {
  pattern: string;
  regex: boolean;
}

/** `logs search PATTERN`: the newest entries whose message contains the pattern. */
export function logsSearch(
  context: CommandContext,
  options: LogsSearchOptions,
): Promise<CommandResult> {
  const { pattern, regex, limit } = options;
  const text = { kind: regex ? "regex" : "literal", text: pattern } as const;
  const search = { ...toLogFilter(options), text, limit };
  return showEntries(context, {
    job: options.job,
    title: "Search Results",
    read: ({ database }) => searchLogs(database, search),
  });
}

interface Reading {
  job: string | undefined;
  title: string;
  read: (session: Session) => Promise<LogEntry[]>;
}

async function showEntries(
  context: CommandContext,
  { job, title, read }: Reading,
): Promise<CommandResult> {
  await using session = await openSession(context);
  const entries = (await read(session)).map(toLogItem);
  if (entries.length === 0) await refuseUnknownJob(session, job);
  const data: LogsData = { entries, total: entries.length };
  const zoneOf = await readZones(session);
  return {
    data,
    artifactType: "table",
    title,
    text: ({ color }) => renderLogs(data, { color, zoneOf }),
  };
}
