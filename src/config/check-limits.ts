import type { Defaults, Job } from "../model/config.generated.ts";
import { durationText } from "../model/job.ts";
import { DEFAULT_POLICIES } from "../model/policy.ts";
import { parseDuration } from "../schedule/duration.ts";
import type { JobView } from "./context.ts";
import { errorAt, type Path, type PathFinding } from "./place.ts";
import { checkDuration, checkSize } from "./range.ts";

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The lengths of time and the sizes of one job. */
export function checkLimits({ job, path }: JobView): PathFinding[] {
  return [
    ...checkLimitsAt(job, path),
    ...checkDuration(job.spread, { path: [...path, "spread"], from: SECOND_MS, to: DAY_MS }),
  ];
}

/** Those that `defaults` may set, too. */
export function checkLimitsAt(limits: Job | Defaults, at: Path): PathFinding[] {
  const { timeout, grace, memory, output, deadline, late_after: lateAfter } = limits;
  return [
    ...(timeout === "none"
      ? []
      : checkDuration(timeout, { path: [...at, "timeout"], from: 1, to: 24 * DAY_MS })),
    ...(deadline === "none"
      ? []
      : checkDuration(deadline, { path: [...at, "deadline"], from: SECOND_MS, to: 365 * DAY_MS })),
    ...checkDuration(grace, { path: [...at, "grace"], from: 1, to: HOUR_MS }),
    ...checkSize(memory, { path: [...at, "memory"], from: "16MB", to: "1024GB" }),
    ...checkSize(output, { path: [...at, "output"], from: "1KB", to: "64MiB" }),
    ...checkDuration(lateAfter, {
      path: [...at, "late_after"],
      from: SECOND_MS,
      to: 365 * DAY_MS,
    }),
    ...checkDuration(limits.catchup?.window, {
      path: [...at, "catchup", "window"],
      from: 60 * SECOND_MS,
      to: 365 * DAY_MS,
    }),
    ...checkBackoff(limits.retry?.backoff, [...at, "retry", "backoff"]),
  ];
}

type Backoff = NonNullable<NonNullable<Job["retry"]>["backoff"]>;

function checkBackoff(backoff: Backoff | undefined, at: Path): PathFinding[] {
  if (backoff === undefined) return [];
  const { initial, max } = backoff;
  const range = { from: 100, to: DAY_MS };
  const findings = [
    ...checkDuration(initial, { path: [...at, "initial"], ...range }),
    ...checkDuration(max, { path: [...at, "max"], ...range }),
  ];
  if (findings.length > 0) return findings;
  const first = initial ?? durationText(DEFAULT_POLICIES.retry.initialMs);
  const longest = max ?? durationText(DEFAULT_POLICIES.retry.maxMs);
  if ((parseDuration(first) ?? 0) <= (parseDuration(longest) ?? 0)) return [];
  return [
    errorAt([...at, max === undefined ? "initial" : "max"], {
      rule: "config/range",
      message: `the first pause, ${first}, is longer than the longest, ${longest}`,
      help: `write \`max: ${first}\` or more`,
    }),
  ];
}
