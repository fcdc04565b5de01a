import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { ReasonCode } from "../model/execution.ts";
import type { Abandoned } from "../store/bury.ts";
import type { Database } from "../store/connection.ts";
import type { Renewal } from "../store/nodes.ts";
import { monotonicMs } from "../execute/launcher-client.ts";
import { burial } from "./abandoned.ts";
import { abandonExecutions } from "../store/bury.ts";
import { releaseClaims } from "../store/release.ts";
import { renewNode } from "../store/nodes.ts";
import type { Node } from "./node.ts";
import type { Worker } from "./worker.ts";

/** A former life of this process that nobody buried is as dead as any. */
export const LOST_REASON: ReasonCode = "node_died";

export interface HeartbeatOptions {
  database: Database;
  node: Pick<Node, "id" | "renewed" | "rebirth">;
  leaseMs: number;
  worker: Pick<Worker, "owns" | "mayHaveRun" | "cancel" | "cancelAll" | "idle">;
  /** Told of attempts that this node owns and has lost. */
  onAbandoned: (abandoned: Abandoned[]) => void;
  /** Told at every beat of the newest migration of the schema. */
  onSchema: (version: number) => void;
  /** Jobs may run until later: the lease was prolonged, or is that of a new life. */
  onRenewed: () => void;
}

/**
 * One renewal of the lease, which brings back what the database thinks this node owns; resolves to
 * the ms until the next. A row that it owns without knowing it, and still does half a beat later,
 * comes from an answer that was lost on the wire, and goes back to pending; but one that may have run
 * here, and whose end could not be recorded, is abandoned. A wake may bring the next beat at once, when
 * the answer is only on its way.
 */
export function heartbeatStep(options: HeartbeatOptions): () => Promise<number> {
  const { database, node, worker, leaseMs } = options;
  const everyMs = leaseMs / 3;
  let unknownSinceMs = new Map<string, number>();
  return async () => {
    // Read before the renewal is sent: the lease cannot end earlier than this plus its length.
    const sentAtMs = monotonicMs();
    const beganMs = performance.now();
    const renewal = await renewNode(database, { nodeId: node.id, leaseMs, deadlineMs: everyMs });
    if (renewal === null) {
      await startAnew(options);
      return everyMs;
    }
    node.renewed({ ...renewal, sentAtMs });
    options.onRenewed();
    options.onSchema(renewal.schemaVersion);
    for (const row of renewal.owned) {
      if (row.cancelReason !== null) worker.cancel(row.id, row.cancelReason);
    }
    const unknown = renewal.owned.filter((row) => !worker.owns(row.id));
    const sinceMs = (row: Owned): number => unknownSinceMs.get(claimKey(row)) ?? beganMs;
    unknownSinceMs = new Map(unknown.map((row) => [claimKey(row), sinceMs(row)]));
    const lost = unknown.filter((row) => beganMs - sinceMs(row) >= everyMs / 2);
    await settleLost(options, lost);
    return everyMs - (performance.now() - beganMs);
  };
}

type Owned = Renewal["owned"][number];

/** A row that was given back and claimed again is another claim. */
function claimKey({ id, fence }: Owned): string {
  return `${id} ${fence}`;
}

/**
 * The node was declared dead, and its rows are no longer its own: its runs end, and it is another. One
 * that has not ended within the time of a lease is left behind: it was recorded as abandoned, and its
 * own end will find that.
 */
async function startAnew(options: HeartbeatOptions): Promise<void> {
  const { node, worker, leaseMs, onRenewed } = options;
  worker.cancelAll("lease_lost");
  await Promise.race([worker.idle(), sleep(leaseMs, undefined, { ref: false })]);
  await node.rebirth();
  // Before anything starts: the launcher still holds the deadline of the old lease.
  onRenewed();
}

async function settleLost(
  { database, worker, leaseMs, onAbandoned }: HeartbeatOptions,
  rows: readonly Owned[],
): Promise<void> {
  const unused = rows.filter((row) => !row.started || !worker.mayHaveRun(row.id));
  if (unused.length > 0) await releaseClaims(database, unused);
  const used = rows.filter((row) => !unused.includes(row));
  const options = { ...burial(LOST_REASON), deadlineMs: leaseMs / 3 };
  const abandoned = await abandonExecutions(database, used, options);
  if (abandoned.length > 0) onAbandoned(abandoned);
}
