import type { ExecutionStatus, ReasonCode, Trigger } from "../model/execution.ts";
import type { CatchupPolicy, OverlapPolicy } from "../model/policy.ts";
import type { Took } from "./elapsed.ts";
import type { AttemptItem } from "./history.ts";

/** What became of a due time, or why it is none: the state of its record, or one of these. */
export type ExplainOutcome =
  | ExecutionStatus
  /** It is to come. */
  | "future"
  /** It was due, and no scheduler has seen to it yet. */
  | "unrecorded"
  /** The job was changed, disabled, paused or removed before any scheduler saw to it. */
  | "superseded"
  /** Its record was deleted, as retention says. */
  | "pruned"
  /** It was due and has no record, which should never happen. */
  | "lost"
  /** A day was asked about that has several due times. */
  | "several"
  | "not_due"
  /** The job was run by hand only. */
  | "no_schedule"
  | "disabled"
  | "paused"
  | "removed"
  /** The job was not registered yet. */
  | "not_registered";

/** The JSON of `explain`. Instants are ISO 8601 in UTC. */
export interface ExplainData {
  job_name: string;
  /** In which text shows the instants. */
  timezone: string;
  /** The server's clock. */
  now: string;
  /**
   * What was asked about: every instant from the first to just before the second. `day` is the date
   * that was typed without a time.
   */
  asked: { from: string; until: string; day: string | null };
  /** Of a time that the clocks of the zone skipped or showed twice: which one is explained. */
  clock_change: "skipped" | "first" | "second" | null;
  outcome: ExplainOutcome;
  /** The due time that is explained; null where none was asked about. */
  scheduled_for: string | null;
  /** When it was to start, with its part of the spread. */
  due_at: string | null;
  /** The other due times that were asked about; of `several`, all of them. */
  others: string[];
  /** The schedule that was in force then. */
  schedule: { text: string; human: string; timezone: string | null } | null;
  execution: ExplainedExecution | null;
  /** What an execution waits for. */
  waiting: WaitingItem | null;
  /** What kept it between its due time and its start; null: nothing did, or it has not started. */
  delay: DelayItem | null;
  /** The execution that was in the way, or that took its place. */
  other_execution: OtherExecution | null;
  /** The time around it in which no scheduler lived. */
  unattended: { from: string | null; until: string | null } | null;
  /** What had been decided about the job by then. */
  decision: DecisionItem | null;
  /** The decision that ended that. */
  ended_by: DecisionItem | null;
  /** The due times before and after. */
  nearest: { before: string | null; after: string | null } | null;
  /** What the job says now, where that is what it said then. */
  policies: ExplainedPolicies | null;
  /** Of what is kept. */
  retention: { age_ms: number; per_job: number; oldest: string | null } | null;
  /** Backfills of the due time, and runs by hand at that time. */
  beside: BesideItem[];
  /** The decision by which the job is declared no more; null: it is registered. */
  removed: DecisionItem | null;
}

/** Of `holders`, `node_slots` and `unattended` the first that is known. */
export interface DelayItem {
  /** From the due time to the record. */
  recorded_after_ms: number;
  /** From then to the start of the first attempt, or to the deadline. */
  waited_ms: number;
  /** The mutex that the holders had; null: the job's own key. */
  mutex: string | null;
  /** The runs whose end let go of its key meanwhile, the last one first; 20 at most. */
  holders: OtherExecution[];
  /** The slots of the node that started it, where all were in use when it began to wait. */
  node_slots: number | null;
  /** The time in which no scheduler lived. */
  unattended: { from: string | null; until: string | null } | null;
}

export interface ExplainedPolicies {
  overlap: OverlapPolicy;
  queue_limit: number;
  concurrency: number;
  mutex: string | null;
  catchup: { policy: CatchupPolicy["policy"]; window_ms: number; max: number };
  timeout_ms: number | null;
  deadline_ms: number | null;
  late_after_ms: number | null;
  spread_ms: number;
}

/** The record of a due time. */
export interface ExplainedExecution extends Took {
  execution_id: string;
  trigger: Trigger;
  state: ExecutionStatus;
  reason: ReasonCode | null;
  scheduled_for: string | null;
  covers_until: string | null;
  covers_count: number;
  created_at: string;
  available_at: string;
  deadline_at: string | null;
  started_at: string | null;
  finished_at: string | null;
  attempt: number;
  max_attempts: number;
  /** The attempts that failed and were followed by another. */
  failed_attempts: AttemptItem[];
  exit_code: number | null;
  signal: string | null;
  message: string | null;
  error: string | null;
  triggered_by: string | null;
  cancelled_by: string | null;
  cancelled_at: string | null;
  version: string | null;
  node: { id: string; host: string; pid: number } | null;
  revision: RevisionRef | null;
}

/** A revision with the commit that it was made from. */
export interface RevisionRef {
  id: number;
  git_commit: string | null;
  git_author: string | null;
  git_subject: string | null;
  git_dirty: boolean | null;
  applied_at: string | null;
  applied_by: string | null;
}

export interface DecisionItem {
  kind: "registered" | "changed" | "enabled" | "disabled" | "removed" | "paused" | "resumed";
  at: string;
  done_by: string | null;
  reason: string | null;
  /** The one whose apply decided; null: a person did. */
  revision: RevisionRef | null;
}

export interface OtherExecution {
  execution_id: string;
  job_name: string;
  state: ExecutionStatus;
  scheduled_for: string | null;
  started_at: string | null;
  finished_at: string | null;
}

export interface BesideItem extends OtherExecution {
  trigger: Trigger;
  triggered_by: string | null;
}

/** What an execution waits for. */
export interface WaitingItem {
  for: "scheduler" | "worker" | "time" | "retry" | "key" | "slot" | "claim";
  /** When a time or a retry comes; since when no scheduler lives. */
  at: string | null;
  /** The mutex, where it is one that the key stands for. */
  mutex: string | null;
  /** Who has the key. */
  holders: OtherExecution[];
  /** How many that wait for the key are to start before it. */
  ahead: number;
  /** The slots of all schedulers, and those in use. */
  slots: number;
  used: number;
  schedulers: number;
}
