import { whoAmI } from "../../daemon/who.ts";
import { overrideJob } from "../../store/overrides.ts";
import { printable } from "../../views/printable.ts";
import type { CommandContext } from "../context.ts";
import { unknownJob } from "../find-job.ts";
import { overrideItem } from "../job-items.ts";
import type { CommandResult } from "../result.ts";
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
