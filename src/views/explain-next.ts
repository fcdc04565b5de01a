import type { BesideItem, ExplainData } from "./explain-data.ts";
import type { NextCommand } from "./next-commands.ts";
import { instantArgument, startCommand } from "./next-commands.ts";

/** What to type next, the most useful first. */
export function explainCommands(data: ExplainData): NextCommand[] {
  const commands = commandsOf(data);
  if (data.removed === null) return commands;
  const { job_name: name } = data;
  const kept = commands.filter(({ command }) => OF_THE_PAST.test(command));
  const history = { purpose: "see its other runs", command: `cronverge jobs history ${name}` };
  return [...kept, history];
}

/** What can be asked of a job that is not registered any more; it cannot be run. */
const OF_THE_PAST = /^cronverge (?:logs|blame|explain|jobs cancel) /;

function commandsOf(data: ExplainData): NextCommand[] {
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
  const history = { purpose: "see its runs", command: `cronverge jobs history ${name}` };
  switch (outcome) {
    case "success":
      return [logs];
    case "failed":
    case "timed_out":
    case "abandoned":
      return [
        ...written,
        ...backfill(data),
        ...(backfillOf(data)?.state === "success" ? [] : [now]),
      ];
    case "cancelled":
      return [...written, ...backfill(data), ...(written.length > 0 ? [] : [blame])];
    case "skipped":
      return [...backfill(data), show];
    case "running":
      return [{ ...logs, command: `${logs.command} --follow` }, cancel];
    case "pending":
      return [startCommand(data.waiting?.for ?? null) ?? status, cancel];
    case "future":
      return [startCommand(data.waiting?.for ?? null), next].filter((command) => command !== null);
    case "unrecorded":
      return data.unattended?.until === null ? [UP, status] : [status];
    case "several":
      return [one(data), history];
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

/** The first of several due times, as an example of a question that has one answer. */
function one({ job_name, others }: ExplainData): NextCommand {
  const command = `cronverge explain ${job_name} ${instantArgument(others[0] ?? "")}`;
  return { purpose: "ask about the first", command };
}

/** The due time once more, beside its record; or what its backfill came to, where there is one. */
function backfill(data: ExplainData): NextCommand[] {
  const last = backfillOf(data);
  if (last === null) return again(data, data.execution !== null && data.execution.attempt > 0);
  const { state, started_at, execution_id } = last;
  const logs = `cronverge logs --execution ${execution_id}`;
  const written = { purpose: "see what its backfill wrote", command: logs };
  if (state === "success") return [written];
  if (state === "running") return [{ ...written, command: `${logs} --follow` }];
  if (state === "pending") {
    return [{ purpose: "see what keeps it", command: `cronverge why ${data.job_name}` }];
  }
  return [...(started_at === null ? [] : [written]), ...again(data, started_at !== null)];
}

/** The newest backfill of the due time. */
function backfillOf({ beside, scheduled_for }: ExplainData): BesideItem | null {
  const ofTime = beside.filter(
    (other) => other.trigger === "backfill" && other.scheduled_for === scheduled_for,
  );
  return ofTime.findLast(({ state }) => state === "success") ?? ofTime.at(-1) ?? null;
}

function again({ job_name, scheduled_for }: ExplainData, failed: boolean): NextCommand[] {
  if (scheduled_for === null) return [];
  const until = new Date(Date.parse(scheduled_for) + 1_000).toISOString();
  const range = `--from ${instantArgument(scheduled_for)} --to ${instantArgument(until)}`;
  const command = `cronverge backfill ${job_name} ${range}${failed ? " --reprocess failed" : ""}`;
  return [{ purpose: "run it for that time", command }];
}
