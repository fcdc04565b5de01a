import type { DesiredJob, DesiredState } from "../model/job.ts";
import { jobKey } from "../model/job.ts";
import type { Change, ChangeOptions } from "./change.ts";
import { makeChange, removal } from "./change.ts";
import type { FieldChange } from "./fields.ts";
import type { ObservedJob, ObservedState } from "./observed.ts";
import { pruneRefusal } from "./prune.ts";
import { changedSettings } from "./settings.ts";

export type { Change, ChangeAction } from "./change.ts";

/** What a person said with `jobs enable` or `jobs disable`. */
export interface Drift {
  name: string;
  fileEnabled: boolean;
  overrideEnabled: boolean;
  by: string;
  reason: string | null;
  /** ISO 8601 in UTC. */
  at: string;
  /** The file says the same, so apply takes the override back. */
  settled: boolean;
}

/** A job that its failures paused: the file says that it runs, and it does not. */
export interface PausedJob {
  name: string;
  /** ISO 8601 in UTC. */
  at: string;
  reason: string | null;
  /** The plan changes the job, which ends the pause. */
  resumes: boolean;
}

/** The two states of the files that were compared. */
export interface PlanSides {
  from: PlanSide;
  to: PlanSide;
  /** Whether commands load files of the project that were not compared; absent where none does. */
  loadsFurther?: boolean;
}

/** One of the two states of the files that were compared. */
export interface PlanSide {
  /** As the user named it, `main`; or `working tree`. */
  name: string;
  /** The full hash; null for the working tree. */
  commit: string | null;
  /** What a reader must know of it, such as that a broken commit was passed over; else null. */
  note: string | null;
}

export type PlanSummary = {
  create: number;
  update: number;
  delete: number;
  enable: number;
  disable: number;
  unchanged: number;
  /** Changes that let a job do more. */
  widened: number;
  /** Changes of a registered job's code. */
  code: number;
};

/** The difference between the file and the database, as JSON-able data. */
export interface Plan {
  format: 1;
  /** The revision that was observed; apply refuses a saved plan when another is in force. */
  baseRevision: number | null;
  /** The two states of the files, where they and not the database were compared. */
  sides: PlanSides | null;
  /** Settings beside the jobs that differ. */
  settings: FieldChange[];
  /** In the order of the file, and then what goes; without the jobs that stay as they are. */
  changes: Change[];
  drift: Drift[];
  paused: PausedJob[];
  summary: PlanSummary;
  /** Why the plan must not be applied; null if it may. */
  refusal: { message: string; help: string } | null;
}

export interface PlanOptions extends ChangeOptions {
  /** Lets the plan remove all jobs, or most of them. */
  allowPrune: boolean;
}

/** What must be done so that the database holds what the file wants. */
export function makePlan(
  desired: DesiredState,
  observed: ObservedState,
  options: PlanOptions,
): Plan {
  const registered = new Map(observed.jobs.map((job) => [jobKey(job.name), job]));
  const declared = new Set(desired.jobs.map((job) => jobKey(job.spec.name)));
  const changes: Change[] = [];
  const drift: Drift[] = [];
  const paused: PausedJob[] = [];
  for (const job of desired.jobs) {
    const known = registrationOf(job, { registered, declared });
    if (known !== null) registered.delete(jobKey(known.name));
    if (known !== null && known.override !== null) drift.push(toDrift(job, known, known.override));
    const change = makeChange(job, known, { ...options, timezone: desired.settings.timezone });
    if (change !== null) changes.push(change);
    if (known !== null && known.pausedAt !== null) {
      const resumes = change !== null && change.action !== "none";
      paused.push({ name: known.name, at: known.pausedAt, reason: known.crashed, resumes });
    }
  }
  const orphans = [...registered.values()].filter((job) => job.origin === "config");
  const removed = orphans.sort((a, b) => (a.name < b.name ? -1 : 1));
  changes.push(...removed.map(removal));
  return {
    format: 1,
    baseRevision: observed.revision,
    sides: null,
    settings: changedSettings(observed.settings, desired.settings),
    changes,
    drift,
    paused,
    summary: summarizeChanges(changes, desired.jobs.length),
    refusal: options.allowPrune ? null : pruneRefusal(desired, observed, removed),
  };
}

/** Whether apply has anything to do. */
export function hasChanges(plan: Plan): boolean {
  return plan.settings.length > 0 || plan.changes.some((change) => change.action !== "none");
}

/** Counts what a plan does; `declared` is how many jobs there are when it is done. */
export function summarizeChanges(changes: readonly Change[], declared: number): PlanSummary {
  const summary: PlanSummary = {
    create: 0,
    update: 0,
    delete: 0,
    enable: 0,
    disable: 0,
    unchanged: declared,
    widened: 0,
    code: 0,
  };
  for (const change of changes) {
    if (change.action !== "none") summary[change.action] += 1;
    if (change.after !== null) summary.unchanged -= 1;
    if (change.widened.length > 0) summary.widened += 1;
    if (change.before !== null && change.after !== null && change.code !== null) summary.code += 1;
  }
  return summary;
}

/**
 * The registration that a declared job goes on with: the one of its name, or the one of its former
 * name. Once the job is registered by its name, the former one means nothing; and a former name that
 * the file still declares is another job.
 */
function registrationOf(
  { spec, renamedFrom }: DesiredJob,
  known: { registered: ReadonlyMap<string, ObservedJob>; declared: ReadonlySet<string> },
): ObservedJob | null {
  const same = known.registered.get(jobKey(spec.name));
  if (same !== undefined || renamedFrom === null) return same ?? null;
  const former = jobKey(renamedFrom);
  if (known.declared.has(former)) return null;
  const renamed = known.registered.get(former);
  return renamed?.origin === "config" ? renamed : null;
}

function toDrift(
  job: DesiredJob,
  known: ObservedJob,
  override: NonNullable<ObservedJob["override"]>,
): Drift {
  return {
    name: known.name,
    fileEnabled: job.spec.enabled,
    overrideEnabled: override.enabled,
    by: override.by,
    reason: override.reason,
    at: override.at,
    settled: override.enabled === job.spec.enabled,
  };
}
