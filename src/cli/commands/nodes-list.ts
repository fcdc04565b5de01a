import { byEvidence } from "../../daemon/sweeper.ts";
import { listNodes } from "../../store/nodes.ts";
import type { NodesData } from "../../views/nodes.ts";
import { renderListedNodes } from "../../views/nodes.ts";
import type { CommandContext } from "../context.ts";
import { toListedNodeItem } from "../node-items.ts";
import type { CommandResult } from "../result.ts";
import { openSession } from "../session.ts";

/** `nodes list`: the scheduler processes of this database, the newest first. */
export async function nodesList(
  context: CommandContext,
  { all, limit }: { all: boolean; limit: number },
): Promise<CommandResult> {
  await using session = await openSession(context);
  const found = await listNodes(session.database, { gone: all, limit });
  const nodes = (await byEvidence(found.nodes, session.store.embedded)).map(toListedNodeItem);
  const data: NodesData = { nodes, total: found.total };
  const { timezone } = session.settings;
  return {
    data,
    artifactType: "table",
    title: "Nodes",
    text: ({ color }) => renderListedNodes(data, { color, timezone }),
  };
}
