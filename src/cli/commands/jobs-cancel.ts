import { whoAmI } from "../../daemon/who.ts";
import { SchedulerError } from "../../model/errors.ts";
import type { ExecutionStatus } from "../../model/execution.ts";
import { seedStatus } from "../../model/execution.ts";
import { requestCancel } from "../../store/trigger.ts";
import { printable } from "../../views/printable.ts";
import type { CommandContext } from "../context.ts";
import type { CommandResult } from "../result.ts";
import { openSession } from "../session.ts";

/** `jobs cancel ID`: ends an execution. One that has ended already stays as it is. */
export async function jobsCancel(context: CommandContext, id: string): Promise<CommandResult> {
  await using session = await openSession(context);
  const found = await requestCancel(session.database, {
    id,
    by: whoAmI(),
    reason: "cancel_requested",
  });
  if (found === null) {
    throw new SchedulerError("execution_not_found", `there is no execution with the id ${id}`, {
      help: "cronverge jobs history shows the ids",
    });
  }
  const data = {
    execution_id: id,
    job_name: found.jobName,
    status: seedStatus(found.status),
    state: found.status,
    message: messageOf(found.jobName, found.status),
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
