import { bytesText } from "./bytes.ts";
import type { NodeItem } from "./nodes.ts";
import type { Paint } from "./paint.ts";
import type { Cell } from "./table.ts";
import { renderFields, renderTable } from "./table.ts";

/** The JSON of `db status`. What is only known of a server that runs is null of another. */
export interface DatabaseStatusData {
  kind: "embedded" | "external";
  /** Without a password; null of the embedded one. */
  address: string | null;
  /** Where the data is; null: not known, or not made yet. */
  directory: string | null;
  /** False of an embedded database that nobody has used yet. */
  exists: boolean;
  running: boolean;
  /** Of an embedded server that runs. */
  pid: number | null;
  server_version: string | null;
  schema: string;
  /** The newest migration of the schema; null: none of ours is there, or it is not known. */
  schema_version: number | null;
  program_schema_version: number;
  /** To which project the schema belongs. */
  project: string | null;
  config_project: string | null;
  /** Of the whole database. */
  size_bytes: number | null;
  /** The largest of the schema. */
  tables: { name: string; bytes: number; rows: number | null }[];
  connections: { used: number; allowed: number } | null;
  /** Those that live. */
  nodes: NodeItem[];
}

/** Which database it is, how large, how old, and who uses it. */
export function renderDatabaseStatus(data: DatabaseStatusData, color: Paint): string {
  const { tables } = data;
  const fields = renderFields(
    [
      ["Database", databaseText(data)],
      ["Server", serverCell(data)],
      ["Data", data.directory],
      ["Schema", schemaCell(data)],
      ["Project", projectCell(data)],
      ["Size", data.size_bytes === null ? null : bytesText(data.size_bytes)],
      ["Connections", connectionsText(data)],
      ["Live nodes", nodesText(data)],
    ],
    { color },
  );
  if (tables.length === 0) return fields;
  const table = renderTable(tables, {
    color,
    columns: [
      { title: "TABLE", cell: ({ name }) => name },
      { title: "SIZE", cell: ({ bytes }) => bytesText(bytes) },
      { title: "ROWS (ESTIMATE)", cell: ({ rows }) => (rows === null ? null : String(rows)) },
    ],
  });
  return `${fields}\n${table}`;
}

function databaseText({ kind, address }: DatabaseStatusData): string {
  return kind === "embedded" ? "embedded PostgreSQL" : `PostgreSQL at ${address}`;
}

function serverCell({ exists, running, pid, server_version: version }: DatabaseStatusData): Cell {
  if (!exists) return { text: "not made yet: the first cronverge up or apply makes it" };
  const name = `PostgreSQL ${version ?? ""}`.trim();
  if (running)
    return { text: pid === null ? name : `${name}, running (pid ${pid})`, style: "green" };
  if (pid !== null) return { text: `${name}, starting or ending (pid ${pid})`, style: "yellow" };
  return { text: `${name}, not running: whatever needs it starts it` };
}

function schemaCell(data: DatabaseStatusData): Cell {
  const { schema, running, schema_version: found, program_schema_version: own } = data;
  if (!running) return { text: schema };
  if (found === null) return { text: `${schema}, not made yet` };
  if (found === own) return { text: `${schema}, version ${found}` };
  const than = `version ${found}; this program has ${own}`;
  return found < own
    ? { text: `${schema}, ${than}: cronverge db migrate`, style: "yellow" }
    : { text: `${schema}, ${than}: upgrade cronverge here`, style: "red" };
}

function projectCell({ project, config_project: config }: DatabaseStatusData): Cell | null {
  if (project === null || config === null || project === config) {
    const name = project ?? config;
    return name === null ? null : { text: name };
  }
  return { text: `${project}; the config here is of ${config}`, style: "red" };
}

function connectionsText({ connections }: DatabaseStatusData): string | null {
  return connections === null ? null : `${connections.used} of ${connections.allowed}`;
}

function nodesText({ running, nodes }: DatabaseStatusData): string | null {
  if (!running) return null;
  if (nodes.length === 0) return "none";
  return nodes
    .map(({ host, pid, role, version }) => `${host} (pid ${pid}), ${role}, ${version}`)
    .join("\n");
}
