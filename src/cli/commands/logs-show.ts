import { SchedulerError } from "../../model/errors.ts";
import type { LogEntry } from "../../store/logs.ts";
import { findLog, findTraces, readTrace } from "../../store/logs.ts";
import type { Database } from "../../store/connection.ts";
import type { LogsData } from "../../views/logs.ts";
import { renderLogDetails, renderLogs } from "../../views/logs.ts";
import type { CommandContext } from "../context.ts";
import { toLogItem } from "../log-items.ts";
import type { CommandResult } from "../result.ts";
import { openSession } from "../session.ts";
import { readZones } from "../zones.ts";

/** So much of an id must be typed before it is completed. */
const LEAST_PREFIX = 8;

/** `logs show ID`: one entry, or all of a trace or an execution, of which the start may do. */
export async function logsShow(context: CommandContext, id: string): Promise<CommandResult> {
  await using session = await openSession(context);
  const { database } = session;
  const zoneOf = await readZones(session);
  const line = /^\d{1,15}$/.test(id) ? await findLog(database, Number(id)) : null;
  if (line !== null) {
    const data: LogsData = { entries: [toLogItem(line)], total: 1 };
    return {
      data,
      artifactType: "presentation_card",
      title: "Log Entry Details",
      text: ({ color }) => renderLogDetails(toLogItem(line), { color, zoneOf }),
    };
  }
  const entries = (await traceOf(database, id.toLowerCase())).map(toLogItem);
  const data: LogsData = { entries, total: entries.length };
  return {
    data,
    artifactType: "table",
    title: "Logs for Trace",
    text: ({ color }) => renderLogs(data, { color, zoneOf }),
  };
}

async function traceOf(database: Database, id: string): Promise<LogEntry[]> {
  const exact = await readTrace(database, id);
  if (exact.length > 0) return exact;
  const [found, another] = id.length < LEAST_PREFIX ? [] : await findTraces(database, id);
  if (another !== undefined) {
    throw new SchedulerError("usage", `several executions start with '${id}'`, {
      help: "type more of the id",
    });
  }
  if (found !== undefined) return readTrace(database, found);
  throw new SchedulerError("execution_not_found", `no log entry, trace or execution '${id}'`, {
    help: "cronverge logs view --json shows the ids of entries, cronverge jobs history those of executions",
  });
}
