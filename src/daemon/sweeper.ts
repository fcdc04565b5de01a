import { hostname } from "node:os";
import type { SchedulerEvent } from "../views/event.ts";
import type { Database } from "../store/connection.ts";
import type { OpenNode } from "../store/nodes.ts";
import { nodeTag } from "../execute/process-table.ts";
import { processExists } from "../execute/probe.ts";
import { sweepTagged } from "../execute/sweep.ts";
import { buryNode } from "../store/bury.ts";
import { openNodes } from "../store/nodes.ts";
import { wakeNodes } from "../store/trigger.ts";
import { burial, tellAbandoned } from "./abandoned.ts";
import { sweepBuried } from "./buried.ts";
import type { Node } from "./node.ts";
import { processIdentity, sharesBoot, sharesPids } from "./process-identity.ts";

export interface SweeperOptions {
  database: Database;
  /** The embedded database has no nodes elsewhere: there the evidence of this host decides, not time. */
  embedded: boolean;
  node: Pick<Node, "id" | "steadyInMs">;
  leaseMs: number;
  emit: (event: SchedulerEvent) => void;
  /** The dead nodes of this host of which nothing is left. */
  looked: Set<string>;
}

/** A lease that was seen to run out by now has run out so much later, by any clock. */
const JUST_AFTER_MS = 20;

/** The shortest sleep: whoever renews a lease at its very end is not looked at again and again. */
const SOONEST_MS = 100;

/**
 * Looks for dead nodes; returns the ms until the next look. The lease of a healthy node is renewed long
 * before its end: half a lease is soon enough to see that one is not, and then its end is waited for.
 */
export function sweeperStep(options: SweeperOptions): () => Promise<number> {
  return async () => {
    const { soonestMs } = await sweepOnce(options);
    return Math.min(Math.max(soonestMs + JUST_AFTER_MS, SOONEST_MS), options.leaseMs / 2);
  };
}

/**
 * Buries every dead node. A former life of this host is dead when its process is gone; its jobs may
 * outlive it by a moment, so they are ended before its runs are recorded as abandoned, lest a
 * successor starts beside one. A node elsewhere is dead when its lease has run out while ours was kept.
 * `soonestMs`: the time until another one can be, Infinity where none is known.
 */
export async function sweepOnce(options: SweeperOptions): Promise<{ soonestMs: number }> {
  const nodes = await openNodes(options.database);
  const own = nodes.find((node) => node.id === options.node.id);
  const { steadyInMs } = options.node;
  const mayJudgeSoon = own?.expired === false;
  const mayJudgeByTime = mayJudgeSoon && steadyInMs === 0;
  let soonestMs = Infinity;
  for (const node of nodes) {
    if (node === own) continue;
    const verdict = await judge(node, options.embedded);
    if (verdict === "gone") await sweepTagged(nodeTag(node.id));
    if (verdict === "gone" || (verdict === "expired" && mayJudgeByTime)) {
      await bury(options, node, { onlyExpired: verdict === "expired" });
    } else if (verdict === "expired") {
      if (mayJudgeSoon) soonestMs = Math.min(soonestMs, steadyInMs);
    } else if (!node.expired) soonestMs = Math.min(soonestMs, node.leaseLeftMs);
  }
  await sweepBuried(options.database, { ownId: options.node.id, looked: options.looked });
  return { soonestMs };
}

/**
 * The open nodes as an onlooker sees them: one whose process is gone counts as expired, even while
 * the lease it left behind runs on.
 */
export async function nodesByEvidence(database: Database, embedded: boolean): Promise<OpenNode[]> {
  return byEvidence(await openNodes(database), embedded);
}

/** The same of nodes that were read already. */
export async function byEvidence<Read extends OpenNode>(
  nodes: readonly Read[],
  embedded: boolean,
): Promise<Read[]> {
  return Promise.all(
    nodes.map(async (node) => ({ ...node, expired: (await judge(node, embedded)) !== "alive" })),
  );
}

async function judge(node: OpenNode, embedded: boolean): Promise<"alive" | "gone" | "expired"> {
  const byTime = node.expired ? "expired" : "alive";
  const { pid, processStart } = node;
  if (node.host !== hostname() || processStart === null || !sharesPids(processStart)) return byTime;
  const own = await processIdentity(process.pid);
  if (own === null || !(embedded || sharesBoot(processStart, own))) return byTime;
  const now = pid === process.pid ? own : await processIdentity(pid);
  // Of some we are told nothing, as if they were gone: the first process, our parent, those of other users.
  if (now === null && processExists(pid)) return byTime;
  if (now !== processStart) return "gone";
  // A frozen process keeps its lease for the embedded database: nobody else can hold its jobs. This
  // process is not frozen, so another node in it that let its lease run out has ended.
  return embedded && pid !== process.pid ? "alive" : byTime;
}

async function bury(
  { database, emit }: SweeperOptions,
  node: OpenNode,
  { onlyExpired }: { onlyExpired: boolean },
): Promise<void> {
  const reason = "node_died";
  const abandoned = await buryNode(database, node.id, { ...burial(reason), onlyExpired });
  await tellAbandoned(abandoned, { database, emit, reason });
  await wakeNodes(database);
}
