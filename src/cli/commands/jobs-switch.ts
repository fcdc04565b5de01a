import { BUILTINS } from "../../model/builtins.ts";
import { SchedulerError } from "../../model/errors.ts";
import { whoAmI } from "../../daemon/who.ts";
import { overrideJob } from "../../store/overrides.ts";
import { printable } from "../../views/printable.ts";
import { availableSpec, isAvailable } from "../available.ts";
import type { CommandContext } from "../context.ts";
import { unknownJob } from "../find-job.ts";
import { overrideItem } from "../job-items.ts";
import type { CommandResult } from "../result.ts";
import type { Session } from "../session.ts";
import { openSession } from "../session.ts";

export interface JobsSwitchOptions {
  name: string;
  enabled: boolean;
  reason: string | null;
}

/** `jobs enable` and `jobs disable`: takes effect at once on all nodes, and shows as drift. */
export async function jobsSwitch(
  context: CommandContext,
  { name, enabled, reason }: JobsSwitchOptions,
): Promise<CommandResult> {
  await using session = await openSession(context);
  const override = { enabled, by: whoAmI(), reason };
  const job = await overrideJob(session.database, name, override);
  if (job === null && isAvailable(session, name))
    return switchAvailable(session, { name, enabled });
  if (job === null) throw await unknownJob(session, name);
  const data = {
    job_name: job.jobName,
    enabled,
    message: `Job '${job.jobName}' has been ${enabled ? "enabled" : "disabled"}`,
    override: overrideItem(job),
    next_run: job.nextRun?.toISOString() ?? null,
  };
  const drift = `; the file says otherwise, which plan shows as drift until it agrees`;
  return {
    data,
    artifactType: "text",
    title: enabled ? "Job Enabled" : "Job Disabled",
    text: () => `${printable(data.message)}${data.override === null ? "" : drift}\n`,
  };
}

/**
 * Only the file schedules, so that nothing can be enabled that it does not declare. Whoever wants
 * such a job disabled has it so already.
 */
function switchAvailable(
  session: Session,
  { name, enabled }: Pick<JobsSwitchOptions, "name" | "enabled">,
): CommandResult {
  const spec = availableSpec(session, name);
  if (enabled) {
    const builtin = spec.run.type === "builtin" ? BUILTINS[spec.run.builtin] : null;
    const schedule = builtin === null ? 'schedule: "…"' : `schedule: "${builtin.defaultSchedule}"`;
    const what = builtin === null ? "plugin" : "built-in";
    const message = `No job declares the ${what} '${spec.name}', and only the config file schedules`;
    throw new SchedulerError("job_not_found", message, {
      help: `write \`${spec.name}: {${schedule}}\` under \`jobs:\` and apply it; to run it once: cronverge jobs run ${spec.name}`,
    });
  }
  const message = `Job '${spec.name}' is not scheduled: no job declares it`;
  return {
    data: { job_name: spec.name, enabled: false, message, override: null, next_run: null },
    artifactType: "text",
    title: "Job Disabled",
    text: () => `${printable(message)}\n`,
  };
}
