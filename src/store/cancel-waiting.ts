/**
 * The `set` list by which an execution `e` that waits ends without having run: the one way out of
 * `pending` that is no claim. `reason` is SQL.
 */
export function cancelledFor(reason: string): string {
  return `status = 'cancelled', reason = ${reason}, holds_key = false,
         finished_at = clock_timestamp()`;
}
