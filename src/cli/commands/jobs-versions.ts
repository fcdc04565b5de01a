import { findJob } from "../../store/jobs.ts";
import { listVersions } from "../../store/versions.ts";
import type { VersionsData } from "../../views/versions.ts";
import { renderVersions } from "../../views/versions.ts";
import type { CommandContext } from "../context.ts";
import { unknownJob } from "../find-job.ts";
import { zoneOf } from "../job-items.ts";
import type { CommandResult } from "../result.ts";
import { openSession } from "../session.ts";

/** `jobs versions NAME`: the contents that the job's code has had. */
export async function jobsVersions(context: CommandContext, name: string): Promise<CommandResult> {
  await using session = await openSession(context);
  const job = await findJob(session.database, name);
  if (job === null) throw await unknownJob(session, name);
  const versions = (await listVersions(session.database, job.id)).map((version) => ({
    version: version.number,
    sha256: version.sha256,
    created_at: version.createdAt.toISOString(),
    revision: version.revision,
    git_commit: version.gitCommit,
    current: version.current,
  }));
  const data: VersionsData = { job_name: job.jobName, versions, total: versions.length };
  const timezone = zoneOf(job.spec, session.settings.timezone);
  return {
    data,
    artifactType: "table",
    title: `Versions: ${job.jobName}`,
    text: ({ color }) => renderVersions(data, { color, timezone }),
  };
}
