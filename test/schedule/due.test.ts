import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { JobSchedule } from "../../src/model/job.ts";
import type { CatchupRule, DueInput, DueOccurrence } from "../../src/schedule/due.ts";
import { dueOccurrences } from "../../src/schedule/due.ts";
import { upcomingOccurrences } from "../../src/schedule/next.ts";

const MINUTE = 60_000;
const EVERY_MINUTE: JobSchedule = { type: "interval", everyMs: MINUTE };
const LATEST: CatchupRule = { policy: "latest", windowMs: 24 * 60 * MINUTE, max: 100 };

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
  assert.deepEqual(due({ nowMs: MINUTE - 1 }), { due: [], nextRunMs: MINUTE, more: false });
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
  const catchup: CatchupRule = { ...LATEST, windowMs: 20_000 };
  assert.deepEqual(told(due({ nowMs: 2.5 * MINUTE, catchup }).due), ["skip 1-2 (2)"]);
});

test("none skips what was missed", () => {
  const catchup: CatchupRule = { ...LATEST, policy: "none" };
  assert.deepEqual(told(due({ nowMs: 1.5 * MINUTE, catchup }).due), ["skip 1 (1)"]);
});

test("all runs the newest in the window, oldest first, and the ordinary one too", () => {
  const catchup: CatchupRule = { policy: "all", windowMs: 3.5 * MINUTE, max: 2 };
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

test("in chunks of any size the same instants run and are accounted for", () => {
  const policy = fc.constantFrom("none" as const, "latest" as const, "all" as const);
  const chunk = fc.integer({ min: 1, max: 40 });
  const now = fc.integer({ min: MINUTE, max: 40 * MINUTE });
  const max = fc.integer({ min: 0, max: 10 });
  fc.assert(
    fc.property(policy, chunk, now, max, (name, limit, nowMs, most) => {
      const catchup: CatchupRule = { policy: name, windowMs: 30 * MINUTE, max: most };
      const whole = due({ nowMs, catchup });
      const parts: DueOccurrence[] = [];
      let nextRunMs: number | null = MINUTE;
      let more = true;
      while (more && nextRunMs !== null) {
        const part = due({ nowMs, catchup, limit, nextRunMs });
        parts.push(...part.due);
        ({ nextRunMs, more } = part);
      }
      const running = (all: readonly DueOccurrence[]): string[] =>
        told(all.filter((entry) => entry.run));
      const covered = (all: readonly DueOccurrence[]): number =>
        all.reduce((count, entry) => count + entry.coversCount, 0);
      assert.deepEqual(running(parts), running(whole.due));
      assert.equal(covered(parts), covered(whole.due));
      assert.equal(nextRunMs, whole.nextRunMs);
      const expected = upcomingOccurrences(EVERY_MINUTE, { anchorMs: 0, afterMs: 0, count: 41 });
      assert.equal(covered(whole.due), expected.filter((instant) => instant <= nowMs).length);
    }),
  );
});
