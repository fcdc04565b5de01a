import type { ListedNode, OpenNode } from "../store/nodes.ts";
import type { ListedNodeItem, NodeItem } from "../views/nodes.ts";
import { toDiagnosticItem } from "../views/diagnostic-item.ts";

/** A node as `status` shows it. */
export function toNodeItem(node: OpenNode): NodeItem {
  const open = node.state === "live" || node.state === "draining";
  return {
    id: node.id,
    host: node.host,
    pid: node.pid,
    role: node.role,
    version: node.version,
    concurrency: node.concurrency,
    state: open && node.expired ? "silent" : node.state,
    live: open && !node.expired,
    revision: node.revision,
    config_file: node.configFile,
    started_at: node.startedAt.toISOString(),
    reload_failed_at: node.reloadFailedAt?.toISOString() ?? null,
    reload_diagnostics: (node.reloadError ?? []).map(toDiagnosticItem),
  };
}

/** A node as `nodes list` shows it. */
export function toListedNodeItem(node: ListedNode): ListedNodeItem {
  return {
    ...toNodeItem(node),
    running: node.running,
    renewed_at: node.renewedAt.toISOString(),
    lease_until: node.leaseUntil.toISOString(),
    stopped_at: node.stoppedAt?.toISOString() ?? null,
  };
}
