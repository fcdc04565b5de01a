import type { Database } from "../../src/store/connection.ts";
import type { NodeIdentity } from "../../src/store/nodes.ts";
import { registerNode } from "../../src/store/nodes.ts";

/** Registers a node elsewhere, but for what `given` says; once, however often it is called. */
export async function testNode(
  database: Database,
  id: string,
  { leaseMs = 15_000, ...given }: Partial<NodeIdentity> & { leaseMs?: number } = {},
): Promise<void> {
  const facts = { host: "elsewhere", pid: 1, processStart: null, version: "0", concurrency: 4 };
  const node: NodeIdentity = { ...facts, id, configFile: null, role: "all", ...given };
  await registerNode(database, node, { leaseMs });
}
