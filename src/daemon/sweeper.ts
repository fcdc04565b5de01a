import { hostname } from "node:os";
import type { SchedulerEvent } from "../views/event.ts";
import type { Database } from "../store/connection.ts";
import type { OpenNode } from "../store/nodes.ts";
import { processStartTime, sweepTagged } from "../execute/probe.ts";
import { buryNode, openNodes } from "../store/nodes.ts";
import { wakeNodes } from "../store/trigger.ts";

export interface SweeperOptions {
  database: Database;
  /** The embedded database has no nodes elsewhere: there the evidence of this host decides, not time. */
  embedded: boolean;
  nodeId: () => string;
  leaseMs: number;
  emit: (event: SchedulerEvent) => void;
}

/** Looks for dead nodes; returns the ms until the next look. */
export function sweeperStep(options: SweeperOptions): () => Promise<number> {
  return async () => {
    await sweepOnce(options);
    return options.leaseMs / 2;
  };
}

/**
 * Buries every dead node. A former life of this host is dead when its process is gone; its jobs may
 * outlive it by a moment, so they are ended before its runs are recorded as abandoned, lest a
 * successor starts beside one. A node elsewhere is dead when its lease has run out.
 */
export async function sweepOnce(options: SweeperOptions): Promise<void> {
  for (const node of await openNodes(options.database)) {
    if (node.id === options.nodeId()) continue;
    const verdict = await judge(node, options.embedded);
    if (verdict === "alive") continue;
    if (verdict === "gone") await sweepTagged({ name: "CRONVERGE_NODE", value: node.id });
    const abandoned = await buryNode(options.database, node.id, {
      reason: "node_died",
      onlyExpired: verdict === "expired",
    });
    for (const { id, jobName } of abandoned) {
      options.emit({ type: "abandoned", executionId: id, jobName, reason: "node_died" });
    }
    await wakeNodes(options.database);
  }
}

async function judge(node: OpenNode, embedded: boolean): Promise<"alive" | "gone" | "expired"> {
  if (node.host === hostname() && node.processStart !== null) {
    const now = await processStartTime(node.pid);
    const here = await processStartTime(process.pid);
    const sameBoot = bootOf(here) === bootOf(node.processStart);
    if (sameBoot || embedded) {
      if (now !== node.processStart) return "gone";
      // A frozen process keeps its lease for the embedded database: nobody else can hold its jobs.
      if (embedded) return "alive";
    }
  }
  return node.expired ? "expired" : "alive";
}

/** A start time is `boot id:ticks`; another boot id is another machine, or a restart of this one. */
function bootOf(processStart: string | null): string {
  return processStart?.split(":")[0] ?? "";
}
