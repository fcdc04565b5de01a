import type { JobSchedule, JobSpec } from "../model/job.ts";
import { jobKey } from "../model/job.ts";
import { canonicalJson } from "../model/json.ts";
import { sameTimes } from "../schedule/same-times.ts";
import type { Change } from "./change.ts";
import type { TimesCount } from "./compare-times.ts";
import { compareTimes } from "./compare-times.ts";
import type { Plan } from "./plan.ts";
import type { TimesDiff } from "./times-diff.ts";
import type { WalkedTimes } from "./walk-times.ts";
import { readableUntil, walkSchedules } from "./walk-times.ts";

export interface FireTimesOptions {
  nowMs: number;
  /** How far ahead the times are compared; a whole number of milliseconds above 0. */
  horizonMs: number;
  /** The zone of times that have none of their own; UTC where it is not known. */
  timezone?: string;
}

interface Sides {
  before: JobSchedule | null;
  after: JobSchedule | null;
}

/**
 * The plan with `times` filled in for each change that touches a clock. The work is bounded: where
 * very many times differ, `until` comes earlier. The same plan always gives the same answer.
 */
export function withFireTimes(plan: Plan, options: FireTimesOptions): Plan {
  const overrides = new Map(plan.drift.map((entry) => [jobKey(entry.name), entry.overrideEnabled]));
  const sides = plan.changes.map((change) =>
    sidesOf(change, overrides.get(jobKey(change.renamedFrom ?? change.name)) ?? null),
  );
  const walk = walkSchedules(sides.filter((pair) => pair !== null).map(toWalk), options);
  const diffs = new Map<string, TimesDiff>();
  const changes = plan.changes.map((change, index) => {
    const pair = sides[index] ?? null;
    if (pair === null) return change;
    const key = canonicalJson([pair.before, pair.after]);
    const times = diffs.get(key) ?? diffTimes(pair, walk, options);
    diffs.set(key, times);
    return { ...change, times };
  });
  return { ...plan, changes };
}

/** The clocks that differ; null where none does, or the declaration until now is not known. */
function sidesOf(change: Change, override: boolean | null): Sides | null {
  if (change.action === "none" || (change.before === null && change.action !== "create")) {
    return null;
  }
  const before = clockOf(change.before, override);
  const after = clockOf(change.after, override);
  return canonicalJson(before) === canonicalJson(after) ? null : { before, after };
}

/** What a person said with `jobs enable` or `jobs disable` stands before and after. */
function clockOf(spec: JobSpec | null, override: boolean | null): JobSchedule | null {
  if (spec === null) return null;
  return (override ?? spec.enabled) ? spec.schedule : null;
}

function toWalk({ before, after }: Sides): { schedules: JobSchedule[]; proved: boolean } {
  const schedules = [before, after].filter((schedule) => schedule !== null);
  return { schedules, proved: areProved({ before, after }) };
}

function areProved({ before, after }: Sides): boolean {
  return before?.type === "cron" && after?.type === "cron" && sameTimes(before, after);
}

function diffTimes(
  sides: Sides,
  walk: ReadonlyMap<string, WalkedTimes>,
  { nowMs, horizonMs }: FireTimesOptions,
): TimesDiff {
  const before = walkedSide(sides.before, walk);
  const after = walkedSide(sides.after, walk);
  const proved = areProved(sides);
  const coveredMs = Math.min(before?.coveredMs ?? Infinity, after?.coveredMs ?? Infinity);
  const untilMs = proved ? nowMs + horizonMs : readableUntil({ nowMs, horizonMs, coveredMs });
  const count = proved
    ? compareTimes([], [], untilMs)
    : compareTimes(before?.instants ?? [], after?.instants ?? [], untilMs);
  return {
    before: before?.planned ?? null,
    after: after?.planned ?? null,
    from: isoText(nowMs),
    until: isoText(untilMs),
    horizon: isoText(nowMs + horizonMs),
    same: proved ? "always" : isSameSoFar(before, after, count) ? "within" : null,
    ...count,
  };
}

function walkedSide(
  schedule: JobSchedule | null,
  walk: ReadonlyMap<string, WalkedTimes>,
): WalkedTimes | null {
  return schedule === null ? null : (walk.get(canonicalJson(schedule)) ?? null);
}

function isSameSoFar(
  before: WalkedTimes | null,
  after: WalkedTimes | null,
  { added, removed, moved }: TimesCount,
): boolean {
  if (before === null || after === null || added + removed + moved > 0) return false;
  return before.planned.next.join(" ") === after.planned.next.join(" ");
}

function isoText(instantMs: number): string {
  return new Date(instantMs).toISOString();
}
