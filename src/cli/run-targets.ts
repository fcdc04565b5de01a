import { SchedulerError } from "../model/errors.ts";
import { findJob, listJobs } from "../store/jobs.ts";
import type { ScheduledJob } from "../store/jobs.ts";
import { registerAvailable } from "./ad-hoc.ts";
import { isAvailable } from "./available.ts";
import { unknownJob } from "./find-job.ts";
import { withTags } from "./tagged.ts";
import type { Session } from "./session.ts";

/** The jobs that a command is for: one of three ways to say so. */
export interface RunSelection {
  names: string[];
  /** Those that have one of these. */
  tag?: string[] | undefined;
  all?: boolean | undefined;
}

/** Refuses a selection that is empty or says two things, before a database is opened for it. */
export function requireSelection({ names, tag, all }: RunSelection): void {
  const ways = [names.length > 0, tag !== undefined, all === true].filter(Boolean).length;
  if (ways === 1) return;
  const message =
    ways === 0
      ? "Specify job name(s), use --all, or use --tag"
      : "Specify either job name(s), or --tag, or --all";
  throw new SchedulerError("usage", message, { help: "cronverge jobs list shows the names" });
}

/**
 * The ids of the jobs, each once. Names are run even if the job is disabled; `--tag` and `--all` mean
 * enabled jobs. All names are looked up before any job is made of available code.
 */
export async function findRunTargets(session: Session, selection: RunSelection): Promise<string[]> {
  if (selection.all === true) return idsOf(await enabledJobs(session));
  if (selection.tag !== undefined) return idsOf(await taggedJobs(session, selection.tag));
  const found: { name: string; id: string | null }[] = [];
  for (const name of new Set(selection.names)) {
    const id = (await findJob(session.database, name))?.id ?? null;
    if (id === null && !isAvailable(session, name)) throw await unknownJob(session, name);
    found.push({ name, id });
  }
  const ids: string[] = [];
  for (const { name, id } of found) ids.push(id ?? (await registerAvailable(session, name)));
  return [...new Set(ids)];
}

async function taggedJobs(session: Session, tags: readonly string[]): Promise<ScheduledJob[]> {
  const jobs = await listJobs(session.database);
  const tagged = withTags(jobs, { tags, tagsOf: ({ spec }) => spec.tags });
  const enabled = tagged.filter((job) => job.enabled);
  if (enabled.length > 0) return enabled;
  const names = tagged.map(({ jobName }) => jobName).join(", ");
  throw new SchedulerError("job_not_found", `All jobs with the tag are disabled: ${names}`, {
    help: "a disabled job is run by its name: cronverge jobs run NAME",
  });
}

async function enabledJobs({ database }: Session): Promise<ScheduledJob[]> {
  const jobs = await listJobs(database);
  return jobs.filter((job) => job.enabled);
}

function idsOf(jobs: readonly ScheduledJob[]): string[] {
  return jobs.map((job) => job.id);
}
