import { BUILTINS, findBuiltin } from "../model/builtins.ts";
import type { JobSpec } from "../model/job.ts";
import { jobKey, scheduleText } from "../model/job.ts";
import { nextOccurrence } from "../schedule/next.ts";
import { describeSchedule } from "../schedule/words.ts";
import type { ScheduledJob } from "../store/jobs.ts";
import type { JobItem } from "../views/jobs.ts";

/** The zone that a job's times are shown in: that of its schedule, else the project's. */
export function zoneOf(spec: JobSpec, projectZone: string): string {
  return spec.schedule?.type === "cron" ? spec.schedule.timezone : projectZone;
}

/** A registered job as lists show it. */
export function registeredItem(job: ScheduledJob, projectZone: string): JobItem {
  return {
    ...specFields(job.spec, projectZone),
    name: job.jobName,
    schedule: job.schedule,
    enabled: job.enabled,
    scheduled: job.nextRun !== null,
    registration: "registered",
    origin: job.origin,
    overridden: job.override !== null,
    crashed: job.runtimeStatus === "crashed" ? (job.crashed ?? "its code cannot be loaded") : null,
    paused_at: job.pausedAt?.toISOString() ?? null,
    last_run: job.lastRun?.toISOString() ?? null,
    last_status: job.open > 0 ? "running" : job.lastStatus,
    last_error: job.lastError,
    next_run: job.nextRun?.toISOString() ?? null,
    run_count: job.runCount,
  };
}

/** A job that the file declares and nobody has applied. Its next run is when it would be due. */
export function unappliedItem(
  spec: JobSpec,
  options: { projectZone: string; nowMs: number },
): JobItem {
  const { projectZone, nowMs } = options;
  const due =
    spec.schedule === null || !spec.enabled
      ? null
      : nextOccurrence(spec.schedule, { anchorMs: nowMs, afterMs: nowMs });
  return {
    ...NEVER_RUN,
    ...specFields(spec, projectZone),
    enabled: spec.enabled,
    registration: "not_applied",
    origin: "config",
    next_run: due === null ? null : new Date(due).toISOString(),
  };
}

/** Code that no job declares: it can be run by hand. */
export function availableItem(name: string, projectZone: string): JobItem {
  const builtin = findBuiltin(name);
  return {
    ...NEVER_RUN,
    name,
    description: builtin === null ? "" : BUILTINS[builtin].description,
    tags: [],
    schedule: "",
    schedule_human: describeSchedule(null),
    timezone: projectZone,
    enabled: false,
    registration: "available",
    origin: null,
    next_run: null,
  };
}

/** What a person said against the file, with its instant in the form of all instants. */
export function overrideItem({ override }: ScheduledJob): ScheduledJob["override"] {
  return override === null ? null : { ...override, at: new Date(override.at).toISOString() };
}

/** Registered jobs, then what the file declares beside them, then what is available. */
export function allItems(given: {
  registered: readonly ScheduledJob[];
  declared: readonly JobSpec[];
  available: readonly string[];
  projectZone: string;
  nowMs: number;
}): JobItem[] {
  const { registered, declared, available, projectZone, nowMs } = given;
  const known = new Set(registered.map((job) => jobKey(job.jobName)));
  const items = registered.map((job) => registeredItem(job, projectZone));
  for (const spec of declared) {
    if (!known.has(jobKey(spec.name))) items.push(unappliedItem(spec, { projectZone, nowMs }));
    known.add(jobKey(spec.name));
  }
  for (const name of available) {
    if (!known.has(jobKey(name))) items.push(availableItem(name, projectZone));
  }
  return items;
}

const NEVER_RUN = {
  scheduled: false,
  overridden: false,
  crashed: null,
  paused_at: null,
  last_run: null,
  last_status: null,
  last_error: null,
  run_count: 0,
} as const;

function specFields(
  spec: JobSpec,
  projectZone: string,
): Pick<JobItem, "name" | "description" | "tags" | "schedule" | "schedule_human" | "timezone"> {
  return {
    name: spec.name,
    description: spec.description,
    tags: [...spec.tags],
    schedule: scheduleText(spec.schedule),
    schedule_human: describeSchedule(spec.schedule),
    timezone: zoneOf(spec, projectZone),
  };
}
