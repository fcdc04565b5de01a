import type { Job, SchedulerConfig } from "../model/config.generated.ts";
import { DEFAULT_POLICIES } from "../model/policy.ts";
import { scheduleOf } from "./check-schedule.ts";
import type { JobView } from "./context.ts";
import { errorAt, type Path, type PathFinding } from "./place.ts";

/** Policies that contradict one another, or that mean nothing for a job: none is ignored. */
export function checkPolicies(view: JobView): PathFinding[] {
  const overlap = view.job.overlap ?? view.config.defaults?.overlap ?? "skip";
  return [
    ...checkConcurrency(view, overlap),
    ...checkQueue(view, overlap),
    ...checkCatchup(view.job.catchup, [...view.path, "catchup"]),
    ...checkSpread(view),
  ];
}

function checkConcurrency({ job, path }: JobView, overlap: string): PathFinding[] {
  const { concurrency, mutex } = job;
  if (concurrency === undefined) return [];
  const at = [...path, "concurrency"];
  if (mutex !== undefined && concurrency > 1) {
    const message = "a job with a `mutex` runs one at a time: `concurrency` cannot be more than 1";
    const help = "remove one of the two";
    return [errorAt(at, { rule: "config/one-of", message, help, part: "key" })];
  }
  if (overlap === "replace" && concurrency > 1) {
    const message =
      "`overlap: replace` ends whatever runs of the job, so that one run goes on at a time";
    const help = "remove `concurrency`, or choose another `overlap`";
    return [errorAt(at, { rule: "config/one-of", message, help, part: "key" })];
  }
  if (overlap !== "allow") return [];
  const message = "under `overlap: allow` any number of runs go on at a time";
  const help = `to let ${concurrency} run and the others wait, write \`overlap: queue_all\``;
  return [errorAt(at, { rule: "config/one-of", message, help, part: "key" })];
}

function checkQueue({ job, path }: JobView, overlap: string): PathFinding[] {
  if (job.queue_limit === undefined || overlap === "queue_all") return [];
  const message = `\`queue_limit\` is for \`overlap: queue_all\`, and this job has \`${overlap}\``;
  const help = "write `overlap: queue_all`, or remove the line";
  const at = [...path, "queue_limit"];
  return [errorAt(at, { rule: "config/unusable", message, help, part: "key" })];
}

/** The catch-up rule of all jobs that have none of their own. */
export function checkDefaultCatchup({ defaults }: SchedulerConfig): PathFinding[] {
  return checkCatchup(defaults?.catchup, ["defaults", "catchup"]);
}

function checkCatchup(catchup: Job["catchup"], path: Path): PathFinding[] {
  if (catchup === undefined) return [];
  const policy = catchup.policy ?? DEFAULT_POLICIES.catchup.policy;
  const unused = (
    [
      ["window", ["none"]],
      ["max", ["none", "latest"]],
    ] as const
  ).filter(
    ([key, policies]) => catchup[key] !== undefined && policies.some((other) => other === policy),
  );
  return unused.map(([key]) => {
    const is = policy === "none" ? "catches up nothing" : "catches up one run";
    const message = `\`${key}\` has no effect: \`policy: ${policy}\` ${is}`;
    const help = `remove it, or write \`policy: ${key === "max" ? "all" : "latest"}\``;
    return errorAt([...path, key], { rule: "config/unusable", message, help, part: "key" });
  });
}

const OF_DUE_TIMES = ["catchup", "spread", "late_after"] as const satisfies (keyof Job)[];

/** What is about due times, in a job that has none. */
export function checkUnscheduled(view: JobView): PathFinding[] {
  const { job, path } = view;
  if (scheduleOf(view) !== null) return [];
  return OF_DUE_TIMES.filter((key) => job[key] !== undefined).map((key) => {
    const message = `\`${key}\` is about due times, and this job has no schedule`;
    const help = "give the job a `schedule`, or remove the line";
    return errorAt([...path, key], { rule: "config/unusable", message, help, part: "key" });
  });
}

/** A single time has no next one that a start must stay below; it can be written as it is meant. */
function checkSpread(view: JobView): PathFinding[] {
  const schedule = scheduleOf(view);
  const once = schedule !== null && typeof schedule !== "string" && "at" in schedule;
  if (!once || view.job.spread === undefined) return [];
  const message = "`spread` is for jobs that are due again and again";
  const help = "write the time that is meant";
  const at = [...view.path, "spread"];
  return [errorAt(at, { rule: "config/unusable", message, help, part: "key" })];
}
