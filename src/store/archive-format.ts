import { SchedulerError } from "../model/errors.ts";
import type { AppliedMigration } from "./migrate.ts";

/**
 * The file of `db export` is text, compressed by gzip. Each line is a JSON object, but for the rows of
 * a table, which follow the line that names it in the text format of PostgreSQL's COPY and end with a
 * line `\.`. The first line is the header; the sequences follow the tables; the last line has the
 * count of the rows of each table and the sha256 of all bytes before it.
 */
export const ARCHIVE_FORMAT = "cronverge export";

/** A reader knows the formats up to its own. */
export const ARCHIVE_VERSION = 1;

/** Ends the rows of a table: in a row, a backslash is always doubled. */
export const END_OF_ROWS = "\\.\n";

export interface ArchiveHeader {
  format: typeof ARCHIVE_FORMAT;
  format_version: number;
  /** Of the program that wrote it. */
  program: string;
  /** Of the PostgreSQL that it was read from. */
  server: string;
  schema: string;
  schema_version: number;
  project: string | null;
  /** Nodes were at work while it was written. */
  live: boolean;
  /** The instant of which it shows the state, ISO 8601 in UTC. */
  exported_at: string;
  migrations: AppliedMigration[];
}

export interface ArchivedTable {
  table: string;
  columns: string[];
}

export interface ArchivedSequence {
  sequence: string;
  /** As text: it may be beyond what a number holds. */
  last_value: string;
  is_called: boolean;
}

export interface ArchiveEnd {
  /** Of each table. */
  rows: Record<string, number>;
  sha256: string;
}

export type ArchiveLine = ArchivedTable | ArchivedSequence | { end: ArchiveEnd };

/** @throws SchedulerError `export_invalid` | `schema_newer` */
export function parseHeader(line: string): ArchiveHeader {
  const found = parseObject(line);
  if (found?.["format"] !== ARCHIVE_FORMAT) {
    throw invalidArchive("it does not begin as `cronverge db export` writes it");
  }
  const version = found["format_version"];
  if (typeof version !== "number" || version > ARCHIVE_VERSION) {
    const message = `the export has format ${String(version)}, and this version of Cronverge reads up to ${ARCHIVE_VERSION}`;
    throw new SchedulerError("schema_newer", message, {
      help: "import it with the version of Cronverge that wrote it, or a newer one",
    });
  }
  if (!isHeader(found)) throw invalidArchive("its first line lacks something");
  return found;
}

/** @throws SchedulerError `export_invalid` */
export function parseLine(line: string): ArchiveLine {
  const found: unknown = parseObject(line);
  if (isTable(found) || isSequence(found) || isEnd(found)) return found;
  throw invalidArchive("a line in it is none that `cronverge db export` writes");
}

/** What is wrong with a file, and that nothing came of it. */
export function invalidArchive(reason: string, cause?: unknown): SchedulerError {
  return new SchedulerError("export_invalid", `the file cannot be imported: ${reason}`, {
    help: "nothing was changed; export it again, or take another copy of the file",
    ...(cause === undefined ? {} : { cause }),
  });
}

function parseObject(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isHeader(value: unknown): value is ArchiveHeader {
  return (
    isObject(value) &&
    ["program", "server", "schema", "exported_at"].every((key) => typeof value[key] === "string") &&
    (value["project"] === null || typeof value["project"] === "string") &&
    typeof value["live"] === "boolean" &&
    typeof value["schema_version"] === "number" &&
    Array.isArray(value["migrations"]) &&
    value["migrations"].every(isMigration)
  );
}

function isMigration(value: unknown): value is AppliedMigration {
  return (
    isObject(value) &&
    typeof value["version"] === "number" &&
    typeof value["name"] === "string" &&
    typeof value["checksum"] === "string"
  );
}

function isTable(value: unknown): value is ArchivedTable {
  return (
    isObject(value) &&
    typeof value["table"] === "string" &&
    Array.isArray(value["columns"]) &&
    value["columns"].every((column) => typeof column === "string")
  );
}

function isSequence(value: unknown): value is ArchivedSequence {
  return (
    isObject(value) &&
    typeof value["sequence"] === "string" &&
    /^-?\d+$/.test(String(value["last_value"])) &&
    typeof value["is_called"] === "boolean"
  );
}

function isEnd(value: unknown): value is { end: ArchiveEnd } {
  const end = isObject(value) ? value["end"] : null;
  return isObject(end) && typeof end["sha256"] === "string" && isObject(end["rows"]);
}
