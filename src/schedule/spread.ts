import type { JobSchedule } from "../model/job.ts";
import { jobKey } from "../model/job.ts";
import { nextOccurrence } from "./next.ts";

/** Instants in milliseconds since the epoch. */
export interface EffectiveOptions {
  anchorMs: number;
  /** An occurrence of the schedule. */
  nominalMs: number;
  /** From `spreadOffsetMs`. */
  offsetMs: number;
}

/**
 * How long after its nominal time a job starts that is spread over `spreadMs`: from 0 to below
 * `spreadMs`, in whole seconds where the spread is a second or more. It depends on nothing but the
 * name, in which `-` and `_` are the same, so that each node and each restart finds the same one.
 */
export function spreadOffsetMs(jobName: string, spreadMs: number): number {
  if (spreadMs <= 0) return 0;
  const unitMs = spreadMs >= 1_000 ? 1_000 : 1;
  return (hash(jobKey(jobName)) % Math.floor(spreadMs / unitMs)) * unitMs;
}

/**
 * The instant at which an occurrence is due: its nominal time and the offset of the job. An offset
 * that is longer than the time to the next occurrence is wrapped into it, so that occurrences never
 * meet or change places, and jobs with one schedule stay spread.
 */
export function effectiveMs(schedule: JobSchedule, options: EffectiveOptions): number {
  const { anchorMs, nominalMs, offsetMs } = options;
  if (offsetMs === 0) return nominalMs;
  const nextMs = nextOccurrence(schedule, { anchorMs, afterMs: nominalMs });
  return effectiveBefore(nextMs, { nominalMs, offsetMs });
}

/** The same where the next occurrence is known; null: there is none. */
export function effectiveBefore(
  nextMs: number | null,
  { nominalMs, offsetMs }: { nominalMs: number; offsetMs: number },
): number {
  return nominalMs + (nextMs === null ? offsetMs : offsetMs % (nextMs - nominalMs));
}

/** 32 bits of FNV-1a, stirred at the end: names that differ in a digit lie far apart. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    bits = Math.imul(bits ^ text.charCodeAt(index), 0x01000193);
  }
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
