import type { ExplainData } from "./explain-data.ts";

/** Whether what was asked about is to come, or goes on: of a day, its end counts. */
export function isToCome({ asked, scheduled_for, now }: ExplainData): boolean {
  return (scheduled_for ?? (asked.day === null ? asked.from : asked.until)) > now;
}
