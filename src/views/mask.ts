import type { JobRun, JobSpec } from "../model/job.ts";
import type { JsonValue } from "../model/json.ts";
import { canonicalJson } from "../model/json.ts";
import type { Change } from "../plan/change.ts";
import type { FieldChange } from "../plan/fields.ts";
import type { Plan } from "../plan/plan.ts";
import type { SecurityReview } from "../plan/security.ts";
import { reviewSecurity } from "../plan/security.ts";
import { MASK } from "./mask-text.ts";
import type { Masking } from "./mask-values.ts";
import { maskJson, maskRunWith, maskSpecWith } from "./mask-values.ts";

/**
 * The plan without the literal credentials that somebody wrote into the file: values of variables,
 * headers and parameters with such a name, tokens, and passwords in addresses and commands. What is
 * looked up on the node (`{env: NAME}`) names no secret and stays. A secret that changed is shown to
 * have changed, and no more of it. What is compared or judged must be the plan itself and not this.
 */
export function maskPlan(plan: Plan): Plan {
  const { changes, settings } = plan;
  return { ...plan, settings: settings.map(maskField), changes: changes.map(maskChange) };
}

/** What a plan changes in what jobs may do, judged as it is, and shown without credentials. */
export function maskedReview(plan: Plan): SecurityReview {
  const review = reviewSecurity(plan);
  return {
    ...review,
    elsewhere: review.elsewhere.map(maskField),
    redirected: review.redirected.map((entry) => ({
      ...entry,
      changes: entry.changes.map(maskField),
    })),
    recoded: review.recoded.map((entry) => ({
      ...entry,
      run: entry.run === null ? null : maskRuns(entry.run),
      settings: entry.settings.map(maskField),
    })),
  };
}

/** A spec without the literal credentials that somebody wrote into the file. */
export function maskSpec(spec: JobSpec): JobSpec {
  return maskSpecWith(spec, plainly());
}

function maskChange(change: Change): Change {
  return { ...change, fields: change.fields.map(maskField), ...maskSpecs(change) };
}

function maskSpecs({ before, after }: Pick<Change, "before" | "after">): {
  before: JobSpec | null;
  after: JobSpec | null;
} {
  if (before !== null && after !== null) return maskBoth({ before, after }, maskSpecWith);
  return {
    before: before === null ? null : maskSpec(before),
    after: after === null ? null : maskSpec(after),
  };
}

function maskRuns(runs: Sides<JobRun>): Sides<JobRun> {
  return maskBoth(runs, maskRunWith);
}

function maskField({ path, before, after }: FieldChange): FieldChange {
  const masked = maskBoth<JsonValue>({ before, after }, (value, masking) =>
    maskJson(value, { path, masking }),
  );
  return { path, ...masked };
}

interface Sides<Value> {
  before: Value;
  after: Value;
}

/** Masks two states of one thing, so that a secret which is another one than before says so. */
function maskBoth<Value>(
  { before, after }: Sides<Value>,
  mask: (value: Value, masking: Masking) => Value,
): Sides<Value> {
  const from = plainly();
  const to = plainly();
  const masked = { before: mask(before, from), after: mask(after, to) };
  if (from.hidden.size + to.hidden.size === 0 || sameJson(before, after)) return masked;
  const marked = {
    before: mask(
      before,
      marking("before", (path, secret) => isOther(secret, to.hidden.get(path))),
    ),
    after: mask(
      after,
      marking("after", (path, secret) => isOther(secret, from.hidden.get(path))),
    ),
  };
  if (!sameJson(marked.before, marked.after)) return marked;
  // Secrets that only changed places, or one in the place of a text that looks like the mask.
  const all = (): boolean => true;
  return {
    before: mask(before, marking("before", all)),
    after: mask(after, marking("after", all)),
  };
}

function plainly(): Masking {
  return { markOf: () => MASK, hidden: new Map() };
}

function marking(
  side: "before" | "after",
  isMarked: (path: string, secret: JsonValue) => boolean,
): Masking {
  const markOf: Masking["markOf"] = (path, secret) =>
    isMarked(path, secret) ? `${MASK} (${side})` : MASK;
  return { markOf, hidden: new Map() };
}

/** Whether the place holds secrets on the other side, but not this one. What came can be seen. */
function isOther(secret: JsonValue, others: readonly JsonValue[] | undefined): boolean {
  return others !== undefined && !others.some((other) => sameJson(secret, other));
}

function sameJson(one: unknown, other: unknown): boolean {
  return canonicalJson(one) === canonicalJson(other);
}
