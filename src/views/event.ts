import type { Diagnostic } from "../model/diagnostic.ts";
import type { ExecutionStatus, ReasonCode, Trigger } from "../model/execution.ts";
import type { NodeRole } from "../model/node-role.ts";
import type { Plan } from "../plan/plan.ts";

/** What a running scheduler tells whoever watches it. */
export type SchedulerEvent =
  | {
      type: "started";
      nodeId: string;
      role: NodeRole;
      /** Null: it reads none. */
      configFile: string | null;
      database: string;
      /** The other schedulers of the same database. */
      others: { host: string; pid: number; role: NodeRole }[];
    }
  | {
      type: "applied";
      plan: Plan;
      revision: number | null;
      /** Of the checkout that holds the file; null outside git. */
      commit: string | null;
      /** The file differs from that commit. */
      dirty: boolean;
      /** From the first sign of the save to the end of the apply; null at start. */
      sinceSaveMs: number | null;
    }
  | { type: "following"; revision: number; reason: string }
  | { type: "refused"; plan: Plan; message: string; help: string }
  | { type: "rejected"; diagnostics: Diagnostic[]; sources: ReadonlyMap<string, string> }
  | { type: "warned"; diagnostics: Diagnostic[]; sources: ReadonlyMap<string, string> }
  | {
      type: "run_started";
      at: string;
      executionId: string;
      jobName: string;
      trigger: Trigger;
      attempt: number;
    }
  | {
      type: "run_finished";
      at: string;
      executionId: string;
      jobName: string;
      status: ExecutionStatus;
      reason: ReasonCode | null;
      durationMs: number;
      message: string | null;
      error: string | null;
      nextRun: string | null;
    }
  | {
      /** An attempt that another one follows. */
      type: "attempt_failed";
      at: string;
      executionId: string;
      jobName: string;
      status: ExecutionStatus;
      reason: ReasonCode | null;
      durationMs: number;
      error: string | null;
      attempt: number;
      maxAttempts: number;
      retryAt: string;
    }
  | {
      /** Its failures in a row paused the job; `message` says how many, and the last one. */
      type: "job_paused";
      executionId: string;
      jobName: string;
      message: string;
    }
  | {
      type: "late";
      executionId: string;
      jobName: string;
      /** When it was due; null where it was by hand. */
      dueAt: string | null;
      /** Until it started, or until now. */
      lateMs: number;
      started: boolean;
    }
  /** It waited until its deadline had passed. */
  | { type: "deadline_passed"; executionId: string; jobName: string }
  | { type: "occurrences_skipped"; jobNames: string[]; count: number }
  | {
      type: "abandoned";
      executionId: string;
      jobName: string;
      reason: ReasonCode;
      /** When its next attempt may start; null: it has ended. */
      retryAt: string | null;
    }
  | {
      /** This Node has newer rules of time zones, by which these jobs are due at other times. */
      type: "zone_data";
      version: string;
      moved: { jobName: string; from: Date; to: Date | null }[];
    }
  | { type: "draining"; running: number; graceMs: number }
  | { type: "stopped" }
  | { type: "problem"; message: string; help: string | null };
