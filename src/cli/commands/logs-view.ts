import type { Database } from "../../store/connection.ts";
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
import { openSession } from "../session.ts";
import { readZones } from "../zones.ts";

export interface LogsOptions extends LogFilterOptions {
  limit: number;
}

/** `logs view`: the newest entries that match. */
export function logsView(context: CommandContext, options: LogsOptions): Promise<CommandResult> {
  const filterIn = toLogFilter(options);
  const asked = { contains: null, afterId: null, limit: options.limit };
  return showEntries(context, {
    job: options.job,
    title: "Log Entries",
    read: (database, zoneOf) => readLogs(database, { ...filterIn(zoneOf), ...asked }),
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
  const filterIn = toLogFilter(options);
  return showEntries(context, {
    job: options.job,
    title: "Search Results",
    read: (database, zoneOf) => searchLogs(database, { ...filterIn(zoneOf), text, limit }),
  });
}

interface Reading {
  job: string | undefined;
  title: string;
  read: (database: Database, zoneOf: (jobName: string | null) => string) => Promise<LogEntry[]>;
}

async function showEntries(
  context: CommandContext,
  { job, title, read }: Reading,
): Promise<CommandResult> {
  await using session = await openSession(context);
  const zoneOf = await readZones(session);
  const entries = (await read(session.database, zoneOf)).map(toLogItem);
  if (entries.length === 0) await refuseUnknownJob(session, job);
  const data: LogsData = { entries, total: entries.length };
  return {
    data,
    artifactType: "table",
    title,
    text: ({ color }) => renderLogs(data, { color, zoneOf }),
  };
}
