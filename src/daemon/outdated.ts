import type { SchedulerEvent } from "../views/event.ts";
import type { Node } from "./node.ts";
import { problem } from "./problem.ts";
import type { Worker } from "./worker.ts";

/**
 * Of a node whose schema a newer version has changed: it takes nothing new, because it may not know
 * what the new columns mean, and says so. What runs goes on, and what is due is still recorded.
 */
export function restWhenOutdated(options: {
  ownVersion: number;
  node: Pick<Node, "drain">;
  worker: Pick<Worker, "stopClaiming">;
  emit: (event: SchedulerEvent) => void;
}): (schemaVersion: number) => void {
  const { ownVersion, node, worker, emit } = options;
  const onError = problem(emit, "cannot stop claiming");
  let said = false;
  return (schemaVersion) => {
    if (schemaVersion <= ownVersion) return;
    // At each beat, because a node that lost its lease goes on as another.
    void node.drain().catch(onError);
    if (said) return;
    said = true;
    const facts = `migration ${schemaVersion}, this node knows ${ownVersion}`;
    const message = `a newer version of cronverge has changed the database (${facts}): this node runs nothing new`;
    emit({ type: "problem", message, help: "upgrade cronverge on this machine" });
    void worker.stopClaiming().catch(onError);
  };
}
