import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { JobSchedule } from "../../src/model/job.ts";
import type { CatchupPolicy } from "../../src/model/policy.ts";
import type { DueInput, DueOccurrence } from "../../src/schedule/due.ts";
import { dueOccurrences } from "../../src/schedule/due.ts";
import { nextOccurrence } from "../../src/schedule/next.ts";
import { effectiveMs } from "../../src/schedule/spread.ts";

const MINUTE = 60_000;
const EVERY_MINUTE: JobSchedule = { type: "interval", everyMs: MINUTE };
const LATEST: CatchupPolicy = { policy: "latest", windowMs: 24 * 60 * MINUTE, max: 100 };

/** One job that is due each minute from minute 1 on, with its clock at `nowMs`. */
function due(given: Partial<DueInput>): ReturnType<typeof dueOccurrences> {
  return dueOccurrences({
    schedule: EVERY_MINUTE,
    anchorMs: 0,
    nextRunMs: MINUTE,
    nowMs: MINUTE,
    catchup: LATEST,
    limit: 1_000,
    ...given,
  });
}

/** `run 3`, `catchup 3` or `skip 1-3`, in minutes. */
function told(occurrences: readonly DueOccurrence[]): string[] {
  return occurrences.map((entry) => {
    const from = entry.scheduledForMs / MINUTE;
    if (entry.run) return `${entry.trigger === "catchup" ? "catchup" : "run"} ${from}`;
    const until = entry.coversUntilMs === null ? "" : `-${entry.coversUntilMs / MINUTE}`;
    return `skip ${from}${until} (${entry.coversCount})`;
  });
}

test("nothing is due before its time", () => {
  const next = { nextRunMs: MINUTE, nextEffectiveMs: MINUTE };
  assert.deepEqual(due({ nowMs: MINUTE - 1 }), { due: [], ...next, more: false });
});

test("an occurrence up to ten seconds old is ordinary, an older one was missed", () => {
  assert.deepEqual(told(due({ nowMs: MINUTE }).due), ["run 1"]);
  assert.deepEqual(told(due({ nowMs: MINUTE + 10_000 }).due), ["run 1"]);
  assert.deepEqual(told(due({ nowMs: MINUTE + 10_001 }).due), ["catchup 1"]);
});

test("the next run follows the last one handled, not the clock", () => {
  assert.equal(due({ nowMs: MINUTE + 35_000 }).nextRunMs, 2 * MINUTE);
  assert.equal(due({ nowMs: 5.5 * MINUTE }).nextRunMs, 6 * MINUTE);
});

test("latest runs the newest missed one and skips the others as one stretch", () => {
  assert.deepEqual(told(due({ nowMs: 5.5 * MINUTE }).due), ["skip 1-4 (4)", "catchup 5"]);
});

test("latest runs none where an ordinary one is due anyway", () => {
  assert.deepEqual(told(due({ nowMs: 3 * MINUTE }).due), ["skip 1-2 (2)", "run 3"]);
});

test("latest runs none that is older than the window", () => {
  const catchup: CatchupPolicy = { ...LATEST, windowMs: 20_000 };
  assert.deepEqual(told(due({ nowMs: 2.5 * MINUTE, catchup }).due), ["skip 1-2 (2)"]);
});

test("none skips what was missed", () => {
  const catchup: CatchupPolicy = { ...LATEST, policy: "none" };
  assert.deepEqual(told(due({ nowMs: 1.5 * MINUTE, catchup }).due), ["skip 1 (1)"]);
});

test("all runs the newest in the window, oldest first, and the ordinary one too", () => {
  const catchup: CatchupPolicy = { policy: "all", windowMs: 3.5 * MINUTE, max: 2 };
  const told6 = told(due({ nowMs: 6 * MINUTE, catchup }).due);
  assert.deepEqual(told6, ["skip 1-3 (3)", "catchup 4", "catchup 5", "run 6"]);
  const wide = { ...catchup, max: 100 };
  assert.deepEqual(told(due({ nowMs: 6 * MINUTE, catchup: wide }).due), [
    "skip 1-2 (2)",
    "catchup 3",
    "catchup 4",
    "catchup 5",
    "run 6",
  ]);
});

test("a schedule that ends has no next run", () => {
  const schedule: JobSchedule = { type: "once", executeAt: "1970-01-01T00:01:00.000Z" };
  const result = due({ schedule, nowMs: 30 * MINUTE });
  assert.deepEqual(told(result.due), ["catchup 1"]);
  assert.equal(result.nextRunMs, null);
});

test("a chunk that ends early leaves the newest missed one to the next chunk", () => {
  const first = due({ nowMs: 5.5 * MINUTE, limit: 3 });
  assert.deepEqual(told(first.due), ["skip 1-3 (3)"]);
  assert.deepEqual([first.nextRunMs, first.more], [4 * MINUTE, true]);
  const second = due({ nowMs: 5.5 * MINUTE, limit: 3, nextRunMs: 4 * MINUTE });
  assert.deepEqual(told(second.due), ["skip 4 (1)", "catchup 5"]);
  assert.equal(second.more, false);
});

test("a chunk that ends before an ordinary one skips what it missed", () => {
  assert.deepEqual(told(due({ nowMs: 3 * MINUTE, limit: 2 }).due), ["skip 1-2 (2)"]);
});

test("a spread job is due at its part of the spread, and missed after it", () => {
  const offsetMs = 20_000;
  const before = due({ nowMs: MINUTE + offsetMs - 1, offsetMs });
  const next = { nextRunMs: MINUTE, nextEffectiveMs: MINUTE + offsetMs };
  assert.deepEqual(before, { due: [], ...next, more: false });
  const ordinary = due({ nowMs: MINUTE + offsetMs + 10_000, offsetMs });
  assert.deepEqual(told(ordinary.due), ["run 1"]);
  assert.equal(ordinary.due[0]?.effectiveMs, MINUTE + offsetMs);
  assert.equal(ordinary.nextRunMs, 2 * MINUTE);
  assert.equal(ordinary.nextEffectiveMs, 2 * MINUTE + offsetMs);
  assert.deepEqual(told(due({ nowMs: MINUTE + offsetMs + 10_001, offsetMs }).due), ["catchup 1"]);
});

test("a call that has no more time leaves the rest, but never all of it", () => {
  const call = due({ nowMs: 500 * MINUTE, mayGoOn: () => false });
  assert.equal(call.due[0]?.coversCount, 64);
  assert.deepEqual([call.nextRunMs, call.more], [65 * MINUTE, true]);
});

test("28 hours of every second are accounted for in chunks, in a tenth of a second", () => {
  const fromMs = Date.parse("2026-11-20T00:00:00Z");
  const schedule: JobSchedule = {
    type: "cron",
    expression: "* * * * * *",
    timezone: "Europe/London",
  };
  const catchup: CatchupPolicy = { policy: "all", windowMs: 24 * 60 * MINUTE, max: 100 };
  const input = { schedule, nowMs: fromMs + 28 * 60 * MINUTE, catchup, limit: 10_000 };
  // In the first rounds the code is compiled.
  const tookMs = Array.from({ length: 6 }, () => {
    const started = process.threadCpuUsage();
    const { occurrences, calls } = inCalls({ ...input, nextRunMs: fromMs });
    const running = occurrences.filter(({ run }) => run);
    assert.equal(covered(occurrences), 100_801);
    assert.equal(running.length, 100 + 11, "those of the last ten seconds are no catch-up");
    assert.equal(calls, 11);
    return process.threadCpuUsage(started).user / 1_000;
  });
  assert.ok(Math.min(...tookMs) < 100, `${Math.min(...tookMs)} ms`);
});

const policyName = fc.constantFrom("none" as const, "latest" as const, "all" as const);
const schedules = fc.constantFrom<JobSchedule>(
  EVERY_MINUTE,
  { type: "interval", everyMs: 7_000 },
  { type: "cron", expression: "*/2 * * * * *", timezone: "UTC" },
  { type: "cron", expression: "0,1,2,5,30 * * * *", timezone: "America/Nuuk" },
  { type: "cron", expression: "* 9 L * *", timezone: "Asia/Kathmandu" },
  { type: "once", executeAt: "1970-01-01T00:00:40.000Z" },
);

test("however the calls are cut, the same occurrences run and all are accounted for", () => {
  const given = fc.record({
    schedule: schedules,
    nowMs: fc.oneof(fc.nat(15 * MINUTE), fc.nat(50 * 24 * 60 * MINUTE)),
    catchup: fc.record({ policy: policyName, windowMs: fc.nat(30 * MINUTE), max: fc.nat(200) }),
    offsetMs: fc.constantFrom(0, 0, 500, 13_000, 90_000),
  });
  const cuts = fc.infiniteStream(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.nat(300)));
  fc.assert(
    fc.property(given, cuts, (options, limits) => {
      const all = allDue(options).slice(0, 2_000);
      const nowMs = Math.min(options.nowMs, all.at(-1)?.effectiveMs ?? options.nowMs);
      const input = { ...options, nowMs, nextRunMs: firstOf(options.schedule) };
      const { occurrences, nextRunMs } = inCalls({ ...input, limit: 10_000 }, limits);
      assert.deepEqual(
        occurrences.filter(({ run }) => run).map(({ scheduledForMs }) => scheduledForMs),
        mustRun(all, { ...options, nowMs }),
      );
      assert.deepEqual(
        expand(occurrences, options.schedule),
        all.map(({ nominalMs }) => nominalMs),
      );
      const last = all.at(-1)?.nominalMs ?? 0;
      const following = nextOccurrence(options.schedule, { anchorMs: 0, afterMs: last });
      assert.equal(nextRunMs, all.length === 0 ? firstOf(options.schedule) : following);
    }),
    { numRuns: 300, seed: 4 },
  );
});

interface Made {
  occurrences: DueOccurrence[];
  nextRunMs: number | null;
  calls: number;
}

/** Calls again and again, each with another limit or with no more time after 64 occurrences. */
function inCalls(
  input: Pick<DueInput, "schedule" | "nowMs" | "catchup" | "nextRunMs"> & Partial<DueInput>,
  limits?: Iterator<number>,
): Made {
  const made: Made = { occurrences: [], nextRunMs: input.nextRunMs, calls: 0 };
  for (let more = true; more && made.nextRunMs !== null;) {
    const limit = limits?.next().value ?? input.limit;
    const cut = { limit: limit === 0 ? 10_000 : limit, mayGoOn: (): boolean => limit !== 0 };
    const part = due({ ...input, ...cut, nextRunMs: made.nextRunMs });
    made.occurrences.push(...part.due);
    made.nextRunMs = part.nextRunMs;
    made.calls += 1;
    more = part.more;
  }
  return made;
}

function covered(all: readonly DueOccurrence[]): number {
  return all.reduce((count, { coversCount }) => count + coversCount, 0);
}

function firstOf(schedule: JobSchedule): number {
  return nextOccurrence(schedule, { anchorMs: 0, afterMs: 0 }) ?? 0;
}

interface Expected {
  nominalMs: number;
  effectiveMs: number;
}

/** The occurrences whose effective time has come, by repeated next. */
function allDue(given: { schedule: JobSchedule; nowMs: number; offsetMs: number }): Expected[] {
  const { schedule, nowMs, offsetMs } = given;
  const found: Expected[] = [];
  let nominalMs: number | null = firstOf(schedule);
  while (nominalMs !== null && found.length < 2_001) {
    const effective = effectiveMs(schedule, { anchorMs: 0, nominalMs, offsetMs });
    if (effective > nowMs) break;
    found.push({ nominalMs, effectiveMs: effective });
    nominalMs = nextOccurrence(schedule, { anchorMs: 0, afterMs: nominalMs });
  }
  return found;
}

function mustRun(
  all: readonly Expected[],
  { nowMs, catchup }: { nowMs: number; catchup: CatchupPolicy },
): number[] {
  const ordinary = all.filter(({ effectiveMs: ms }) => nowMs - ms <= 10_000);
  const missed = all.filter(({ effectiveMs: ms }) => nowMs - ms > 10_000);
  const count = { none: 0, latest: ordinary.length === 0 ? 1 : 0, all: catchup.max };
  const newest = missed.slice(Math.max(0, missed.length - count[catchup.policy]));
  const caughtUp = newest.filter(({ effectiveMs: ms }) => nowMs - ms <= catchup.windowMs);
  return [...caughtUp, ...ordinary].map(({ nominalMs }) => nominalMs);
}

/** One instant per record, those of a skipped stretch by what it covers. */
function expand(occurrences: readonly DueOccurrence[], schedule: JobSchedule): number[] {
  return occurrences.flatMap(({ scheduledForMs, coversUntilMs, coversCount }) => {
    const instants = [scheduledForMs];
    for (let ms = scheduledForMs; instants.length < coversCount; instants.push(ms)) {
      ms = nextOccurrence(schedule, { anchorMs: 0, afterMs: ms }) ?? 0;
    }
    assert.equal(instants.at(-1), coversUntilMs ?? scheduledForMs);
    return instants;
  });
}
