import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeFingerprint } from "../../src/builtin/judge-fingerprint.ts";
import type { Fingerprint } from "../../src/store/fingerprints.ts";

const LIMITS = {
  requestsPerHour: 600,
  requestsPerMinute: 10,
  sustainedMinutes: 60,
  sessionsPerHour: 10,
  lowestReputation: 20,
};

/** A client that did nothing wrong, but for what `given` says. */
function client(given: Partial<Fingerprint>): Fingerprint {
  return {
    hash: "f",
    requestsLastHour: 600,
    peakRequestsPerMinute: 10,
    sustainedMinutes: 60,
    sessionsLastHour: 10,
    score: 50,
    isFlagged: false,
    incidents: 0,
    isCounted: false,
    lastAbuseAt: null,
    address: null,
    userAgent: null,
    ...given,
  };
}

const judge = (given: Partial<Fingerprint>): unknown => {
  const judgement = judgeFingerprint(client(given), LIMITS);
  return judgement === null ? null : [judgement.reason, judgement.score];
};

test("each rule has two sides", () => {
  assert.equal(judge({}), null);
  assert.deepEqual(judge({ requestsLastHour: 601 }), ["request_rate_exceeded_600_per_hour", 40]);
  assert.deepEqual(judge({ peakRequestsPerMinute: 10.1 }), ["sustained_velocity_10rpm_60min", 35]);
  assert.equal(judge({ peakRequestsPerMinute: 10.1, sustainedMinutes: 59 }), null);
  assert.deepEqual(judge({ sessionsLastHour: 11 }), ["session_rate_exceeded_10_per_hour", 30]);
  assert.equal(judge({ score: 20 }), null);
  assert.deepEqual(judge({ score: 19 }), ["reputation_score_below_threshold", 19]);
});

test("all broken rules cost, the first is the reason, and nobody falls below 0", () => {
  const all = { requestsLastHour: 601, peakRequestsPerMinute: 11, sessionsLastHour: 11 };
  assert.deepEqual(judge(all), ["request_rate_exceeded_600_per_hour", 5]);
  assert.deepEqual(judge({ ...all, score: 3 }), ["request_rate_exceeded_600_per_hour", 0]);
});

test("a record of the past counts once", () => {
  const isFlagged = true;
  assert.equal(judge({ isFlagged, peakRequestsPerMinute: 99, sustainedMinutes: 999 }), null);
  assert.equal(judge({ isFlagged, score: 0 }), null);
  assert.deepEqual(judge({ isFlagged, requestsLastHour: 601, peakRequestsPerMinute: 99 }), [
    "request_rate_exceeded_600_per_hour",
    40,
  ]);
});
