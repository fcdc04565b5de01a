import type { ExplainData } from "./explain-data.ts";
import type { NextCommand } from "./next-commands.ts";
import { instantArgument } from "./next-commands.ts";

/** What to type next, the most useful first. */
export function explainCommands(data: ExplainData): NextCommand[] {
  const { execution, outcome, job_name: name } = data;
  const logs: NextCommand = {
    purpose: outcome === "running" ? "see what it writes" : "see what it wrote",
    command: `cronverge logs --execution ${execution?.execution_id ?? ""}`,
  };
  const written = execution !== null && execution.attempt > 0 ? [logs] : [];
  const cancel: NextCommand = {
    purpose: "end it",
    command: `cronverge jobs cancel ${execution?.execution_id ?? ""}`,
  };
  const now = { purpose: "run it now", command: `cronverge jobs run ${name}` };
  const next = { purpose: "see when it is due", command: `cronverge jobs next ${name}` };
  const why = { purpose: "see what keeps it now", command: `cronverge why ${name}` };
  const show = { purpose: "see the job", command: `cronverge jobs show ${name}` };
  const blame = { purpose: "see who changed what", command: `cronverge blame ${name}` };
  const status = { purpose: "see the schedulers", command: "cronverge status" };
  const enable = { purpose: "enable it", command: `cronverge jobs enable ${name}` };
  switch (outcome) {
    case "success":
      return [logs];
    case "failed":
    case "timed_out":
    case "abandoned":
      return [...written, ...backfill(data), now];
    case "cancelled":
      return [...written, ...backfill(data), ...(written.length > 0 ? [] : [blame])];
    case "skipped":
      return [...backfill(data), show];
    case "running":
      return [{ ...logs, command: `${logs.command} --follow` }, cancel];
    case "pending":
      return [data.waiting?.for === "scheduler" ? UP : status, cancel];
    case "future":
      return data.waiting === null ? [next] : [UP, next];
    case "unrecorded":
      return data.unattended?.until === null ? [UP, status] : [status];
    case "superseded":
    case "lost":
      return [...backfill(data), blame];
    case "pruned":
      return [...backfill(data)];
    case "disabled":
    case "paused":
      return isStill(data) ? [enable, why] : [...backfill(data), blame];
    case "not_due":
    case "no_schedule":
      return [next, blame];
    case "removed":
      return [blame];
    case "not_registered":
      return [data.decision === null ? show : blame];
  }
}

const UP: NextCommand = { purpose: "start a scheduler", command: "cronverge up" };

/** What was decided by then still holds. */
function isStill({ ended_by }: ExplainData): boolean {
  return ended_by === null;
}

/** The due time once more, beside its record. */
function backfill({ job_name, scheduled_for, execution }: ExplainData): NextCommand[] {
  if (scheduled_for === null) return [];
  const until = new Date(Date.parse(scheduled_for) + 1_000).toISOString();
  const range = `--from ${instantArgument(scheduled_for)} --to ${instantArgument(until)}`;
  const failed = execution !== null && execution.attempt > 0 ? " --reprocess failed" : "";
  const command = `cronverge backfill ${job_name} ${range}${failed}`;
  return [{ purpose: "run it for that time", command }];
}
