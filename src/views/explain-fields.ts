import { revisionText } from "./decision-text.ts";
import { tookText } from "./elapsed.ts";
import type { ExplainData, ExplainedExecution } from "./explain-data.ts";
import { zonedTime } from "./schedule-times.ts";
import type { Cell } from "./table.ts";

type Field = readonly [string, Cell | string | null];

/** By what it was done: schedule, node, revision and commit, and what the job said. */
export function recordFields(data: ExplainData): Field[] {
  const { execution, timezone } = data;
  if (execution === null) return data.schedule === null ? [] : [["Schedule", scheduleText(data)]];
  const { revision, node } = execution;
  return [
    ["Schedule", data.schedule === null ? null : scheduleText(data)],
    ["Started", execution.started_at === null ? null : zonedTime(execution.started_at, timezone)],
    ["Ended", endText(execution, timezone)],
    ["Attempts", attemptsText(execution)],
    ["Message", execution.message],
    ["Error", execution.error === null ? null : { text: execution.error, style: "red" }],
    ["Node", node === null ? null : `${node.host} (pid ${node.pid}), ${node.id}`],
    ["Revision", revision === null ? null : revisionText(revision, timezone)],
    ["Version", execution.version],
    ["Execution", execution.execution_id],
  ];
}

function scheduleText({ schedule }: ExplainData): string {
  if (schedule === null) return "";
  const { text, human, timezone } = schedule;
  return `${text}${timezone === null ? "" : ` (${timezone})`}: ${human}`;
}

function endText(execution: ExplainedExecution, timezone: string): string | null {
  const { finished_at, started_at } = execution;
  if (finished_at === null || started_at === null) return null;
  const took = tookText(execution);
  return `${zonedTime(finished_at, timezone)}${took === null ? "" : `, after ${took}`}`;
}

function attemptsText({ attempt, max_attempts }: ExplainedExecution): string | null {
  return max_attempts === 1 || attempt === 0 ? null : `${attempt} of ${max_attempts}`;
}
