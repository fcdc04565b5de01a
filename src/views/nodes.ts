import type { NodeRole, NodeState } from "../model/node-role.ts";
import type { DiagnosticItem } from "./diagnostic-item.ts";
import type { Paint } from "./paint.ts";
import { zonedTime } from "./schedule-times.ts";
import type { Column } from "./table.ts";
import { renderTable } from "./table.ts";

/** One scheduler process in the JSON of `status`. Instants are ISO 8601 in UTC. */
export interface NodeItem {
  id: string;
  host: string;
  pid: number;
  role: NodeRole;
  version: string;
  concurrency: number;
  /** `silent`: its lease has run out, or its process is gone, and nobody has declared it dead yet. */
  state: NodeState | "silent";
  live: boolean;
  revision: number | null;
  config_file: string | null;
  started_at: string;
  /** Since when its file has errors; null while it is good. */
  reload_failed_at: string | null;
  reload_diagnostics: DiagnosticItem[];
}

/** One node in the JSON of `nodes list`. Instants are ISO 8601 in UTC. */
export interface ListedNodeItem extends NodeItem {
  running: number;
  renewed_at: string;
  lease_until: string;
  stopped_at: string | null;
}

/** The JSON of `nodes list`. */
export interface NodesData {
  nodes: ListedNodeItem[];
  total: number;
}

export interface NodesOptions {
  color: Paint;
  timezone: string;
}

/** The nodes of `status`: what each is, and whether it lives. */
export function renderNodes(nodes: readonly NodeItem[], options: NodesOptions): string {
  const { color } = options;
  return renderTable(nodes, {
    color,
    columns: [NODE, HOST, STATE, ...factColumns(options)],
  });
}

/** The nodes of `nodes list`, with what became of those that are gone. */
export function renderListedNodes({ nodes, total }: NodesData, options: NodesOptions): string {
  if (nodes.length === 0) return "No node is there; start one: cronverge up\n";
  const { color, timezone } = options;
  const more = total > nodes.length ? `${total - nodes.length} more; -n shows them\n` : "";
  const table = renderTable(nodes, {
    color,
    columns: [
      NODE,
      HOST,
      STATE,
      { title: "RUNS", cell: ({ running }) => String(running) },
      ...factColumns(options),
      { title: "LAST SIGN", cell: ({ renewed_at }) => zonedTime(renewed_at, timezone) },
    ],
  });
  return `${table}${more}`;
}

const NODE: Column<NodeItem> = { title: "NODE", cell: ({ id }) => id };
const HOST: Column<NodeItem> = {
  title: "HOST",
  cell: ({ host, pid }) => `${host} (pid ${pid})`,
};

function factColumns({ timezone }: NodesOptions): Column<NodeItem>[] {
  return [
    { title: "ROLE", cell: ({ role }) => role },
    { title: "REVISION", cell: ({ revision }) => (revision === null ? null : String(revision)) },
    { title: "SLOTS", cell: ({ concurrency }) => String(concurrency) },
    { title: "SINCE", cell: ({ started_at }) => zonedTime(started_at, timezone) },
    { title: "VERSION", cell: ({ version }) => version },
  ];
}

const STATE: Column<NodeItem> = {
  title: "STATE",
  cell: ({ state, reload_failed_at }) =>
    state === "live" && reload_failed_at !== null
      ? { text: "live, bad file", style: "red" }
      : { text: state, style: STYLES[state] },
};

const STYLES = {
  live: "green",
  draining: "yellow",
  silent: "red",
  stopped: "dim",
  dead: "red",
} as const satisfies Record<NodeItem["state"], string>;
