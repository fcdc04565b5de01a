import { performance } from "node:perf_hooks";
import type { CancelReason } from "../execute/attempt-request.ts";
import type { ReasonCode } from "../model/execution.ts";
import type { Database } from "../store/connection.ts";
import type { Renewal } from "../store/nodes.ts";
import { attemptOutcome } from "../model/execution.ts";
import { releaseClaims } from "../store/claims.ts";
import { finishExecutions } from "../store/finish.ts";
import { renewNode } from "../store/nodes.ts";

export interface HeartbeatOptions {
  database: Database;
  nodeId: () => string;
  leaseMs: number;
  owns: (executionId: string) => boolean;
  cancel: (executionId: string, reason: CancelReason) => void;
  /** Until when the launcher may let jobs run, in ms of the monotonic clock that it shares. */
  extendDeadline: (deadlineMs: number) => void;
  /** The node was declared dead: its runs must end and it must take a new id. */
  onLost: () => Promise<void>;
}

/**
 * One renewal of the lease, which brings back what the database thinks this node owns. A row that
 * it owns without knowing it, twice in a row, comes from an answer that was lost on the wire: what
 * had not started goes back to pending, what had is abandoned.
 */
export function heartbeatStep(options: HeartbeatOptions): () => Promise<number> {
  let unknownBefore = new Set<string>();
  return async () => {
    const everyMs = options.leaseMs / 3;
    // Read before the renewal is sent: the lease cannot end earlier than this plus its length.
    const sentAtMs = Number(process.hrtime.bigint() / 1_000_000n);
    const before = performance.now();
    const renewal = await renewNode(options.database, {
      nodeId: options.nodeId(),
      leaseMs: options.leaseMs,
      deadlineMs: everyMs,
    });
    if (renewal === null) {
      await options.onLost();
      return 0;
    }
    options.extendDeadline(sentAtMs + options.leaseMs - 2_000);
    for (const row of renewal.owned) {
      if (row.cancelReason !== null) options.cancel(row.id, toCancelReason(row.cancelReason));
    }
    const unknown = renewal.owned.filter((row) => !options.owns(row.id));
    await settleUnknown(
      options.database,
      unknown.filter((row) => unknownBefore.has(row.id)),
    );
    unknownBefore = new Set(unknown.map((row) => row.id));
    return everyMs - (performance.now() - before);
  };
}

async function settleUnknown(database: Database, rows: Renewal["owned"]): Promise<void> {
  const unstarted = rows.filter((row) => !row.started);
  if (unstarted.length > 0) await releaseClaims(database, unstarted);
  const started = rows.filter((row) => row.started);
  if (started.length === 0) return;
  await finishExecutions(
    database,
    started.map(({ id, fence }) => ({
      id,
      fence,
      outcome: attemptOutcome({ status: "abandoned", reason: "node_died" satisfies ReasonCode }),
    })),
  );
}

function toCancelReason(reason: string): CancelReason {
  return reason === "shutdown" || reason === "lease_lost" ? reason : "cancel_requested";
}
