import type { JobSpec, SchedulerSettings } from "../model/job.ts";
import { jobKey } from "../model/job.ts";
import { canonicalJson } from "../model/json.ts";
import type { Change, ChangeAction } from "./change.ts";
import { makeChange, removal } from "./change.ts";
import { observedAs } from "./observed.ts";
import type { Plan, PlanSide } from "./plan.ts";
import { summarizeChanges } from "./plan.ts";
import { changedSettings } from "./settings.ts";

/** What an apply did to one job, as it is kept with the revision. */
export interface RecordedChange {
  /** Null only for a moment: a job that is new gets its id while it is written. */
  jobId: string | null;
  action: ChangeAction;
  name: string;
  renamedFrom: string | null;
  before: JobSpec | null;
  after: JobSpec | null;
  /** The sha256 of the code on both sides, where it differs. */
  code: { before: string | null; after: string | null } | null;
}

/** What is kept of a plan that is applied. */
export function recordedChanges(plan: Plan): RecordedChange[] {
  return plan.changes
    .filter((change) => change.action !== "none")
    .map(({ jobId, action, name, renamedFrom, before, after, code }) => ({
      jobId,
      action,
      name,
      renamedFrom,
      before,
      after,
      code: code === null ? null : { before: code.before, after: code.after },
    }));
}

/** One job at both ends of a stretch of revisions. */
export interface ComposedChange {
  /** Null: it was not there. */
  before: JobSpec | null;
  after: JobSpec | null;
  /** Null where the code did not change. */
  code: { before: string | null; after: string | null } | null;
}

/**
 * What several revisions did together, job by job: from what the first found to what the last left.
 * `revisions` holds the changes of each, the oldest first. A job that ends as it began is left out.
 */
export function composeChanges(revisions: readonly RecordedChange[][]): ComposedChange[] {
  const current = new Map<string, ComposedChange>();
  const all: ComposedChange[] = [];
  for (const change of revisions.flat()) {
    const key = jobKey(change.renamedFrom ?? change.name);
    const known = current.get(key);
    const composed = known ?? { before: change.before, after: null, code: null };
    if (known === undefined) all.push(composed);
    composed.after = change.after;
    if (change.code !== null) {
      composed.code = {
        before: composed.code === null ? change.code.before : composed.code.before,
        after: change.code.after,
      };
    }
    current.delete(key);
    current.set(jobKey(change.name), composed);
  }
  return all.filter(isDifference);
}

/** The same the other way round. */
export function reverseChanges(changes: readonly ComposedChange[]): ComposedChange[] {
  return changes.map(({ before, after, code }) => ({
    before: after,
    after: before,
    code: code === null ? null : { before: code.after, after: code.before },
  }));
}

/**
 * Composed changes as a plan, so that they are shown, counted and weighed like one. `declared` is
 * how many jobs there are at the far end. Next times are those from `nowMs`.
 */
export function planOf(
  changes: readonly ComposedChange[],
  options: {
    from: PlanSide;
    to: PlanSide;
    settings: { before: SchedulerSettings | null; after: SchedulerSettings };
    declared: number;
    nowMs: number;
  },
): Plan {
  const { from, to, settings, declared, nowMs } = options;
  const made = changes.flatMap((change) =>
    toChange(change, { nowMs, timezone: settings.after.timezone }),
  );
  return {
    format: 1,
    baseRevision: null,
    sides: { from, to },
    settings: changedSettings(settings.before, settings.after),
    changes: made,
    drift: [],
    paused: [],
    summary: summarizeChanges(made, declared),
    refusal: null,
  };
}

function isDifference({ before, after, code }: ComposedChange): boolean {
  const sameCode = code === null || code.before === code.after;
  return !sameCode || canonicalJson(before) !== canonicalJson(after);
}

function toChange(
  { before, after, code }: ComposedChange,
  { nowMs, timezone }: { nowMs: number; timezone: string },
): Change[] {
  const codeSha256 = code?.before ?? null;
  const known =
    before === null
      ? null
      : observedAs(before, { specHash: canonicalJson(before), codeSha256, nowMs });
  if (after === null) return known === null ? [] : [removal(known)];
  const codes = new Map<string, string>();
  if (after.run.type === "plugin" && code?.after) codes.set(after.run.plugin, code.after);
  const job = {
    spec: after,
    specHash: canonicalJson(after),
    defaulted: [],
    renamedFrom: null,
    place: { file: "", line: 1, column: 1 },
  };
  const change = makeChange(job, known, { nowMs, timezone, codes });
  return change === null ? [] : [{ ...change, place: null }];
}
