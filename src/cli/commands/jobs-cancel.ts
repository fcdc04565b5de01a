import { whoAmI } from "../../daemon/who.ts";
import { SchedulerError } from "../../model/errors.ts";
import type { ExecutionStatus } from "../../model/execution.ts";
import { seedStatus } from "../../model/execution.ts";
import { cancelBackfill } from "../../store/backfill.ts";
import type { CancelledBackfill } from "../../store/backfill.ts";
import { requestCancel } from "../../store/trigger.ts";
import { printable } from "../../views/printable.ts";
import type { CommandContext } from "../context.ts";
import type { CommandResult } from "../result.ts";
import { openSession } from "../session.ts";

/** `jobs cancel ID`: ends an execution, or all of a backfill. What has ended already stays as it is. */
export async function jobsCancel(context: CommandContext, id: string): Promise<CommandResult> {
  await using session = await openSession(context);
  const by = whoAmI();
  const { database } = session;
  const found = await requestCancel(database, { id, by, reason: "cancel_requested" });
  const whole = found === null ? await cancelBackfill(database, { backfillId: id, by }) : null;
  const ended = found ?? (whole === null ? null : { ...whole, status: stateOf(whole) });
  if (ended === null) {
    throw new SchedulerError("execution_not_found", `there is no execution with the id ${id}`, {
      help: "cronverge jobs history shows the ids",
    });
  }
  const { jobName, status } = ended;
  const data = {
    execution_id: id,
    job_name: jobName,
    status: seedStatus(status),
    state: status,
    message: whole === null ? messageOf(jobName, status) : backfillMessage(whole),
  };
  return {
    data,
    artifactType: "text",
    title: "Execution Cancelled",
    text: () => `${printable(data.message)}\n`,
  };
}

function messageOf(job: string, state: ExecutionStatus): string {
  if (state === "running") return `The run of '${job}' was asked to end`;
  if (state === "cancelled") return `The run of '${job}' is cancelled`;
  return `The run of '${job}' had already ended: ${state}`;
}

/** That of what goes on longest. */
function stateOf({ running }: CancelledBackfill): ExecutionStatus {
  return running > 0 ? "running" : "cancelled";
}

function backfillMessage({ jobName, cancelled, running }: CancelledBackfill): string {
  if (cancelled + running === 0)
    return `All runs of that backfill of '${jobName}' had already ended`;
  const asked = running === 0 ? "" : `, and ${running} that run were asked to end`;
  return `${cancelled} waiting runs of that backfill of '${jobName}' are cancelled${asked}`;
}
