import type { HttpRequest, ValueSource } from "./request.ts";

/**
 * What becomes of a due time, or of a run that is asked for, while the job's former runs have not
 * ended. `queue_one` lets one wait, `queue_all` as many as `queueLimit`, `replace` cancels what runs
 * and what waits.
 */
export type OverlapPolicy = "skip" | "queue_one" | "queue_all" | "replace" | "allow";

/** What happens to the occurrences that nobody was there to start. */
export interface CatchupPolicy {
  policy: "none" | "latest" | "all";
  /** Older ones are never caught up. */
  windowMs: number;
  /** The most that `all` runs: the newest. */
  max: number;
}

/** The attempts of one execution, and the pauses between them. */
export interface RetryPolicy {
  /** All of them, the first included. */
  attempts: number;
  /** The pause after the first attempt; each later one is `factor` times as long, up to `maxMs`. */
  initialMs: number;
  factor: number;
  maxMs: number;
  /** The part of a pause by which it may be longer or shorter: 0.1 is ±10 %. */
  jitter: number;
}

/** What is done about an execution that failed for good, or that is late. */
export type FailureHook =
  | { type: "command"; command: string | string[] }
  | { type: "http"; http: HttpRequest };

/** How the clock of a zone that is set forward or back moves a cron schedule. */
export interface ClockChangePolicy {
  /**
   * Of a time that the clock skips: `run_after` is due at the first instant after the gap, `skip` not
   * at all. Absent: by the kind of the schedule, `run_after` for fixed times.
   */
  gap?: "run_after" | "skip";
  /**
   * Of a time that the clock shows twice: `once` is due in the first pass alone, `twice` in both.
   * Absent: by the kind of the schedule, `once` for fixed times.
   */
  fold?: "once" | "twice";
}

/** What a job says of the runs that it has beside, after and instead of one another. */
export interface JobPolicies {
  overlap: OverlapPolicy;
  /** Executions that may wait under `queue_all`. */
  queueLimit: number;
  /** Executions of the job that may run at a time. */
  concurrency: number;
  /** Jobs with the same word here run one at a time, whichever of them is due. Null: none. */
  mutex: string | null;
  /** Of two executions that wait for a slot the higher starts first. */
  priority: number;
  catchup: CatchupPolicy;
  /** The longest that a job may start after its nominal time, each job by a stable part of it. */
  spreadMs: number;
  retry: RetryPolicy;
  /** From the moment an execution is recorded until all its attempts have ended. Null: no limit. */
  deadlineMs: number | null;
  /** Executions that fail one after another before the job is paused. Null: any number. */
  pauseAfterFailures: number | null;
  onFailure: FailureHook | null;
  /** Time after which an execution that has not started is late. Null: never. */
  lateAfterMs: number | null;
}

/** What holds where the file is silent. */
export const DEFAULT_POLICIES: Readonly<JobPolicies> = {
  overlap: "skip",
  queueLimit: 100,
  concurrency: 1,
  mutex: null,
  priority: 0,
  catchup: { policy: "latest", windowMs: 24 * 3_600_000, max: 100 },
  spreadMs: 0,
  retry: { attempts: 1, initialMs: 10_000, factor: 2, maxMs: 600_000, jitter: 0.1 },
  deadlineMs: null,
  pauseAfterFailures: null,
  onFailure: null,
  lateAfterMs: null,
};

/** Where the scheduler shows that it is alive: a file whose time it sets, or an address it asks. */
export interface HeartbeatSettings {
  target: { type: "file"; file: string } | { type: "url"; url: ValueSource };
  everyMs: number;
}
