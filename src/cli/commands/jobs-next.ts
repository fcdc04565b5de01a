import { findJob, listJobs } from "../../store/jobs.ts";
import type { UpcomingData } from "../../views/upcoming.ts";
import { renderUpcoming } from "../../views/upcoming.ts";
import type { CommandContext } from "../context.ts";
import { unknownJob } from "../find-job.ts";
import type { CommandResult } from "../result.ts";
import { openSession } from "../session.ts";
import { upcomingRuns } from "../upcoming.ts";

/** `jobs next [NAME]`: when one job, or all of them, will be due. */
export async function jobsNext(
  context: CommandContext,
  { name, limit }: { name: string | null; limit: number },
): Promise<CommandResult> {
  await using session = await openSession(context);
  const { database, settings } = session;
  const job = name === null ? null : await findJob(database, name);
  if (name !== null && job === null) throw await unknownJob(session, name);
  const jobs = job === null ? await listJobs(database) : [job];
  const { runs, more } = upcomingRuns(jobs, { limit, projectZone: settings.timezone });
  const data: UpcomingData = { runs, more, total: runs.length };
  return {
    data,
    artifactType: "table",
    title: "Next Runs",
    text: ({ color }) => renderUpcoming(data, { color }),
  };
}
