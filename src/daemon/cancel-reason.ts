import type { CancelReason } from "../model/execution.ts";

/** The reason of an aborted signal or of a request in the database, as executors know it. */
export function toCancelReason(reason: unknown): CancelReason {
  return reason === "shutdown" || reason === "lease_lost" ? reason : "cancel_requested";
}
