import { listJobs } from "../../store/jobs.ts";
import type { JobsData } from "../../views/jobs.ts";
import { renderJobs } from "../../views/jobs.ts";
import type { CommandContext } from "../context.ts";
import { allItems } from "../job-items.ts";
import type { CommandResult } from "../result.ts";
import { openSession } from "../session.ts";
import { withTags } from "../tagged.ts";

/**
 * `jobs list`: what is registered, what the file declares beside it, and what could be declared; with
 * tags, those of them that have one.
 */
export async function jobsList(
  context: CommandContext,
  { tags }: { tags?: readonly string[] | undefined },
): Promise<CommandResult> {
  await using session = await openSession(context);
  const { loaded } = session.project;
  const nowMs = Date.now();
  const all = allItems({
    registered: await listJobs(session.database),
    declared: loaded.desired?.jobs.map((job) => job.spec) ?? [],
    available: loaded.available,
    projectZone: session.settings.timezone,
    nowMs,
  });
  const jobs = tags === undefined ? all : withTags(all, { tags, tagsOf: (job) => job.tags });
  const data: JobsData = { jobs, total: jobs.length };
  return {
    data,
    artifactType: "table",
    title: "Available Jobs",
    text: ({ color }) => renderJobs(data, { color, nowMs }),
  };
}
