/** The `set` list that ends an execution which waits. `reason` is an expression of SQL. */
export function cancelWaiting(reason: string): string {
  return `status = 'cancelled', reason = ${reason}, holds_key = false,
         finished_at = clock_timestamp()`;
}

/**
 * The `set` list of a cancel: what waits ends at once, what runs is asked to, and whoever asked first
 * stays the one who did. `by` and `reason` are expressions of SQL.
 */
export function cancelOpen({ by, reason }: { by: string; reason: string }): string {
  return `
    status = case when status = 'pending' then 'cancelled' else status end,
    reason = case when status = 'pending' then ${reason} else reason end,
    finished_at = case when status = 'pending' then clock_timestamp() else finished_at end,
    holds_key = holds_key and status <> 'pending',
    cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()),
    cancel_requested_by = coalesce(cancel_requested_by, ${by}),
    cancel_reason = coalesce(cancel_reason, ${reason})`;
}
