import type { LogSummary } from "../../store/log-summary.ts";
import { summarizeLogs } from "../../store/log-summary.ts";
import type { LogSummaryData } from "../../views/logs-summary.ts";
import { renderLogSummary } from "../../views/logs-summary.ts";
import type { CommandContext } from "../context.ts";
import type { LogFilterOptions } from "../log-filter.ts";
import { refuseUnknownJob, toLogFilter } from "../log-filter.ts";
import type { CommandResult } from "../result.ts";
import { openSession } from "../session.ts";
import { readZones } from "../zones.ts";

const SHOWN = 10;
const HOUR_MS = 3_600_000;

/** `logs summary`: how many entries there are, of which levels, modules and jobs. */
export async function logsSummary(
  context: CommandContext,
  options: LogFilterOptions,
): Promise<CommandResult> {
  const filterIn = toLogFilter(options);
  await using session = await openSession(context);
  const summary = await summarizeLogs(session.database, filterIn(await readZones(session)));
  if (summary.total === 0) await refuseUnknownJob(session, options.job);
  const data = toData(summary);
  const { timezone } = session.settings;
  return {
    data,
    artifactType: "presentation_card",
    title: "Log Summary",
    text: ({ color }) => renderLogSummary(data, { color, timezone }),
  };
}

function toData({ total, rows, ...summary }: LogSummary): LogSummaryData {
  const { byLevel, byModule, byJob, earliest, latest } = summary;
  const span = earliest === null || latest === null ? 0 : latest.getTime() - earliest.getTime();
  return {
    total_logs: total,
    by_level: byLevel,
    top_modules: byModule.slice(0, SHOWN).map(({ name, count }) => ({ module: name, count })),
    top_jobs: byJob.slice(0, SHOWN).map(({ name, count }) => ({ job_name: name, count })),
    time_range: {
      earliest: earliest?.toISOString() ?? null,
      latest: latest?.toISOString() ?? null,
      span_hours: Math.round((span / HOUR_MS) * 10) / 10,
    },
    database_info: { logs_table_rows: rows },
  };
}
