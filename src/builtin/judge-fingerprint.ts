import type { Fingerprint } from "../store/fingerprints.ts";

/** What is too much. */
export interface Thresholds {
  requestsPerHour: number;
  requestsPerMinute: number;
  sustainedMinutes: number;
  sessionsPerHour: number;
  lowestReputation: number;
}

/** What a client did wrong, and what is left of its reputation. */
export interface Judgement {
  /** The first rule that it broke, as it is stored. */
  reason: string;
  score: number;
}

/**
 * Judges a client by what it did in its last hour; null: nothing wrong. All broken rules cost
 * reputation. Counts of a whole life are no rule: they rise with every visit of an honest visitor.
 * What is a record of the past, a peak or a lost reputation, counts once: while there is no flag.
 */
export function judgeFingerprint(client: Fingerprint, limits: Thresholds): Judgement | null {
  const broken = RULES.filter(({ isBroken }) => isBroken(client, limits));
  const [first] = broken;
  if (first === undefined) return null;
  const cost = broken.reduce((sum, rule) => sum + rule.cost, 0);
  return { reason: first.reason(limits), score: Math.min(100, Math.max(0, client.score - cost)) };
}

interface Rule {
  reason: (limits: Thresholds) => string;
  /** Reputation. */
  cost: number;
  isBroken: (client: Fingerprint, limits: Thresholds) => boolean;
}

const RULES: readonly Rule[] = [
  {
    reason: ({ requestsPerHour }) => `request_rate_exceeded_${requestsPerHour}_per_hour`,
    cost: 10,
    isBroken: (client, { requestsPerHour }) => client.requestsLastHour > requestsPerHour,
  },
  {
    reason: ({ requestsPerMinute, sustainedMinutes }) =>
      `sustained_velocity_${requestsPerMinute}rpm_${sustainedMinutes}min`,
    cost: 15,
    isBroken: (client, { requestsPerMinute, sustainedMinutes }) =>
      !client.isFlagged &&
      client.peakRequestsPerMinute > requestsPerMinute &&
      client.sustainedMinutes >= sustainedMinutes,
  },
  {
    reason: ({ sessionsPerHour }) => `session_rate_exceeded_${sessionsPerHour}_per_hour`,
    cost: 20,
    isBroken: (client, { sessionsPerHour }) => client.sessionsLastHour > sessionsPerHour,
  },
  {
    reason: () => "reputation_score_below_threshold",
    cost: 0,
    isBroken: ({ score, isFlagged }, { lowestReputation }) =>
      score < lowestReputation && !isFlagged,
  },
];
