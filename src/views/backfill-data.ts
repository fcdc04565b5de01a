import type { BackfillState, Reprocess } from "../model/backfill.ts";
import type { DecisionItem, ExplainData } from "./explain-data.ts";

/** The JSON of `backfill`. Instants are ISO 8601 in UTC. */
export interface BackfillData {
  job_name: string;
  timezone: string;
  from: string;
  /** Exclusive. */
  to: string;
  reprocess: Reprocess;
  dry_run: boolean;
  /** Null where nothing was recorded. */
  backfill_id: string | null;
  /** The due times in the stretch, whether they are run or not. */
  due_total: number;
  /** Those that are run, the oldest first. */
  runs: { scheduled_for: string; had: BackfillState }[];
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
