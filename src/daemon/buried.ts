import { hostname } from "node:os";
import type { Database } from "../store/connection.ts";
import { nodeTag, searchProcesses } from "../execute/process-table.ts";
import { sweepTagged } from "../execute/sweep.ts";
import { deadNodesOf } from "../store/nodes.ts";

/**
 * Ends what is left of nodes of this host that others declared dead. Whoever buries a node elsewhere
 * cannot look at its processes; where its scheduler and its launcher were killed together, nobody has
 * ended its jobs, and a node that is buried is not looked for again. `looked` remembers the nodes that
 * this process need not look for any more.
 */
export async function sweepBuried(
  database: Database,
  { ownId, looked }: { ownId: string; looked: Set<string> },
): Promise<void> {
  const dead = await deadNodesOf(database, hostname());
  const ids = dead.filter((id) => id !== ownId && !looked.has(id));
  if (ids.length === 0) return;
  const left = new Set<string>();
  await searchProcesses(
    ids.map((id) => ({ tag: nodeTag(id), since: null, found: () => left.add(id) })),
  );
  for (const id of left) await sweepTagged(nodeTag(id));
  for (const id of ids) looked.add(id);
}
