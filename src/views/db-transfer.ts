import { bytesText } from "./bytes.ts";
import type { NodeItem } from "./nodes.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { renderTable } from "./table.ts";

/** The JSON of `db migrate`. */
export interface DatabaseMigrateData {
  schema: string;
  /** 0: there was none. */
  from: number;
  to: number;
  /** What was done, or with `dry_run` would be. */
  migrations: { version: number; name: string }[];
  dry_run: boolean;
  /** Those that live. */
  nodes: NodeItem[];
}

interface TableCounts {
  tables: { table: string; rows: number }[];
  total_rows: number;
}

/** The JSON of `db export`. */
export interface DatabaseExportData extends TableCounts {
  file: string;
  bytes: number;
  /** The instant that it shows. */
  exported_at: string;
  /** Nodes were at work. */
  live: boolean;
  program: string;
  server_version: string;
  schema: string;
  schema_version: number;
  project: string | null;
  /** Tables and views of the schema that are not of Cronverge. */
  left_out: string[];
}

/** The JSON of `db import`; `program` and `server_version` are those of the export. */
export interface DatabaseImportData extends TableCounts {
  file: string;
  exported_at: string;
  live: boolean;
  program: string;
  server_version: string;
  schema: string;
  exported_schema_version: number;
  schema_version: number;
  /** The migrations that the export did not have yet. */
  migrated: number[];
  project: string | null;
}

interface TransferOptions {
  color: Paint;
  /** The file as the user knows it. */
  shownFile: string;
}

export function renderMigrate(data: DatabaseMigrateData, color: Paint): string {
  const { schema, from, to, migrations, dry_run: dryRun, nodes } = data;
  const name = printable(schema);
  if (migrations.length === 0) return `The schema ${name} has version ${to}: nothing to do\n`;
  const span = from === 0 ? `with version ${to}` : `from version ${from} to ${to}`;
  const title = dryRun
    ? `The schema ${name} would be ${from === 0 ? "made" : "migrated"} ${span}`
    : `${color("green", from === 0 ? "Made" : "Migrated")} the schema ${name} ${span}`;
  const steps = migrations.map(({ version, name: step }) => `  ${version}  ${step}\n`).join("");
  return `${title}\n${steps}${restingText(nodes, dryRun)}`;
}

function restingText(nodes: readonly NodeItem[], dryRun: boolean): string {
  if (nodes.length === 0) return "";
  const which = nodes.map(({ host, pid }) => printable(`${host} (pid ${pid})`)).join(", ");
  const verb = dryRun ? "would run" : "run";
  return `Nodes that are older than it ${verb} nothing new until they are upgraded: ${which}\n`;
}

export function renderExport(data: DatabaseExportData, options: TransferOptions): string {
  const { bytes, exported_at: at, live, left_out: leftOut } = data;
  const { color, shownFile } = options;
  const lines = [
    `${color("green", "Exported")} ${countText(data)} to ${printable(shownFile)} (${bytesText(bytes)}), as of ${at}`,
    ...(live ? ["Nodes went on meanwhile: what they did since is not in it"] : []),
    ...(leftOut.length > 0 ? [`Left out, not of Cronverge: ${printable(leftOut.join(", "))}`] : []),
    "It holds what jobs wrote and were given: keep it as you keep the database",
  ];
  return `${lines.join("\n")}\n\n${renderCounts(data, color)}`;
}

export function renderImport(data: DatabaseImportData, options: TransferOptions): string {
  const { exported_at: at, live, migrated, schema_version: version } = data;
  const { color, shownFile } = options;
  const lines = [
    `${color("green", "Imported")} ${countText(data)} of ${at} from ${printable(shownFile)}`,
    ...(migrated.length > 0
      ? [`Migrated from version ${data.exported_schema_version} to ${version}`]
      : []),
    ...(live
      ? ["It was written while nodes ran: what ran since is not in it, and may run again"]
      : []),
    "To go on: cronverge up. What came due since is caught up as each job's catchup says",
  ];
  return `${lines.join("\n")}\n\n${renderCounts(data, color)}`;
}

function countText({ total_rows: rows, tables }: TableCounts): string {
  return `${rows} ${rows === 1 ? "row" : "rows"} of ${tables.length} tables`;
}

function renderCounts({ tables }: TableCounts, color: Paint): string {
  return renderTable(tables, {
    color,
    columns: [
      { title: "TABLE", cell: ({ table }) => table },
      { title: "ROWS", cell: ({ rows }) => String(rows) },
    ],
  });
}
