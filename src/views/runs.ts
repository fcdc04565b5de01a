import type { ExecutionStatus, ReasonCode } from "../model/execution.ts";
import type { JsonValue } from "../model/json.ts";
import type { Took } from "./elapsed.ts";
import { tookText } from "./elapsed.ts";
import type { Paint } from "./paint.ts";
import { stateCell } from "./status-style.ts";
import { firstLine, renderTable } from "./table.ts";

/** One job in the JSON of `jobs run`. */
export interface RunItem extends Took {
  job_name: string;
  /** `state` is the exact value. */
  status: "success" | "failed";
  state: ExecutionStatus;
  reason: ReasonCode | null;
  execution_id: string;
  error: string | null;
  /** What the job returned, if it is no `JobResult`. */
  value: JsonValue;
  result: {
    success: boolean;
    message: string | null;
    items_processed: number | null;
    items_failed: number | null;
  };
}

export interface RunsData {
  jobs_run: RunItem[];
  total: number;
  succeeded: number;
  failed: number;
}

/** The results of a manual run as a table with a closing count. */
export function renderRuns(data: RunsData, { color }: { color: Paint }): string {
  const table = renderTable(data.jobs_run, {
    color,
    columns: [
      { title: "JOB", cell: (run) => run.job_name },
      { title: "RESULT", cell: (run) => stateCell(run.state) },
      { title: "DURATION", cell: tookText },
      { title: "ITEMS", cell: itemsText },
      { title: "MESSAGE", cell: (run) => firstLine(run.error ?? run.result.message) },
    ],
  });
  // One that was not let run counts among the failed, since it did not do what was asked.
  const skipped = data.jobs_run.filter(({ state }) => state === "skipped").length;
  const count = [
    `${data.succeeded} succeeded`,
    `${data.failed - skipped} failed`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ].join(", ");
  return `${table}\n${color(data.failed > 0 ? "red" : "green", count)}\n`;
}

function itemsText({ result }: RunItem): string | null {
  const { items_processed: processed, items_failed: failed } = result;
  if (processed === null && failed === null) return null;
  return (failed ?? 0) === 0 ? String(processed) : `${processed ?? 0} (${failed} failed)`;
}
