import type { TimesCount } from "./compare-times.ts";
import type { PlannedSchedule } from "./schedule.ts";

/**
 * What a change does to the due times of one job between now and a horizon. An occurrence that is
 * at the same instant on both sides is kept; one that went, with a new one near it, has moved.
 * `kept + moved + removed` are the times before. `kept + moved + added` are those after, but for
 * a time that moves over the end: it counts as moved where it was due before.
 */
export interface TimesDiff extends TimesCount {
  /** Null where the job was, or will be, on no clock: not declared, disabled, by hand only. */
  before: PlannedSchedule | null;
  after: PlannedSchedule | null;
  /** ISO 8601 in UTC, as all instants here. Intervals are counted from it on both sides. */
  from: string;
  /** The end of what was counted: before the horizon where there are too many times. */
  until: string;
  /** The end that was asked for. */
  horizon: string;
  /**
   * Whether nothing moves: `always` is proved from the expressions, and then nothing is counted;
   * `within` was seen up to `until` and in the next three. Null where times differ.
   */
  same: "always" | "within" | null;
}
