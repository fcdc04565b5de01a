/** Which of the due times in a stretch are run: those without a run, also those that failed, or all. */
export type Reprocess = "none" | "failed" | "all";

/** What there is of a due time: the best that its record and its backfills came to. */
export type BackfillState =
  /** No record, or one of something that never started. */
  | "not_run"
  | "failed"
  | "success"
  /** It waits or runs. */
  | "open";
