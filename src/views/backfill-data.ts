import type { DecisionItem, ExplainData } from "./explain-data.ts";

/** What there was of a due time before its backfill. */
export type BackfillHad = "not_run" | "failed" | "success" | "open";

/** The JSON of `backfill`. Instants are ISO 8601 in UTC. */
export interface BackfillData {
  job_name: string;
  timezone: string;
  from: string;
  /** Exclusive. */
  to: string;
  reprocess: "none" | "failed" | "all";
  dry_run: boolean;
  /** Null where nothing was recorded. */
  backfill_id: string | null;
  /** The due times in the stretch, whether they are run or not. */
  due_total: number;
  /** Those that are run, the oldest first. */
  runs: { scheduled_for: string; had: BackfillHad }[];
  schedule: NonNullable<ExplainData["schedule"]>;
  /** Decisions within the stretch that changed the due times. */
  schedule_changes: DecisionItem[];
  enabled: boolean;
  /** How many run at a time; null: as many as there are slots. */
  concurrent: number | null;
  mutex: string | null;
  /** The schedulers that are alive. */
  schedulers: number;
}
