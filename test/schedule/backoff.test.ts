import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { DEFAULT_POLICIES } from "../../src/model/policy.ts";
import type { RetryPolicy } from "../../src/model/policy.ts";
import { mayRetry, retryPauseMs } from "../../src/schedule/backoff.ts";

const RETRY = DEFAULT_POLICIES.retry;

const policies: fc.Arbitrary<RetryPolicy> = fc.record({
  attempts: fc.integer({ min: 1, max: 100 }),
  initialMs: fc.integer({ min: 0, max: 3_600_000 }),
  factor: fc.double({ min: 1, max: 100, noNaN: true }),
  maxMs: fc.integer({ min: 0, max: 86_400_000 }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});
const attempts = fc.integer({ min: 1, max: 100 });
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("without jitter: 10 s, then twice as long each time, up to 10 minutes", () => {
  const retry = { ...RETRY, jitter: 0 };
  const pauses = [1, 2, 3, 6, 7, 8, 100].map((attempt) =>
    retryPauseMs(retry, { attempt, random: 0.7 }),
  );
  assert.deepEqual(pauses, [10_000, 20_000, 40_000, 320_000, 600_000, 600_000, 600_000]);
});

test("a pause is never longer than the longest, nor negative", () => {
  fc.assert(
    fc.property(policies, attempts, randoms, (retry, attempt, random) => {
      const pauseMs = retryPauseMs(retry, { attempt, random });
      return Number.isInteger(pauseMs) && pauseMs >= 0 && pauseMs <= retry.maxMs;
    }),
  );
});

test("a pause is within its jitter", () => {
  fc.assert(
    fc.property(policies, attempts, randoms, (retry, attempt, random) => {
      const plainMs = retryPauseMs({ ...retry, jitter: 0 }, { attempt, random });
      const pauseMs = retryPauseMs(retry, { attempt, random });
      // Each of the two is rounded.
      return Math.abs(pauseMs - plainMs) <= plainMs * retry.jitter + 1;
    }),
  );
});

test("without jitter a later pause is never shorter", () => {
  fc.assert(
    fc.property(policies, attempts, (retry, attempt) => {
      const plain = { ...retry, jitter: 0 };
      const pauseMs = retryPauseMs(plain, { attempt, random: 0 });
      return retryPauseMs(plain, { attempt: attempt + 1, random: 0 }) >= pauseMs;
    }),
  );
});

test("what failed together is spread, at the longest pause too", () => {
  const at = (random: number): number => retryPauseMs(RETRY, { attempt: 20, random });
  assert.deepEqual([at(0), at(0.5), at(0.999_999)], [540_000, 570_000, 600_000]);
});

test("failures and the stop of a scheduler are tried again, wishes and mistakes are not", () => {
  const tried = [
    { status: "failed", reason: "exit_code" },
    { status: "failed", reason: "returned_failure" },
    { status: "failed", reason: null },
    { status: "timed_out", reason: "timeout" },
    { status: "abandoned", reason: "node_died" },
    { status: "cancelled", reason: "shutdown" },
  ] as const;
  const ended = [
    { status: "success", reason: null },
    { status: "cancelled", reason: "cancel_requested" },
    { status: "failed", reason: "permission_denied" },
    { status: "failed", reason: "code_unavailable" },
    { status: "timed_out", reason: "deadline" },
  ] as const;
  assert.deepEqual(tried.map(mayRetry), Array(6).fill(true));
  assert.deepEqual(ended.map(mayRetry), Array(5).fill(false));
});
