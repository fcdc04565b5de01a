import { createHash } from "node:crypto";
import { SchedulerError } from "../model/errors.ts";
import { VERSION } from "../model/version.ts";
import {
  ARCHIVE_FORMAT,
  ARCHIVE_VERSION,
  END_OF_ROWS,
  type ArchivedTable,
  type ArchiveHeader,
} from "./archive-format.ts";
import {
  quoted,
  readContents,
  readSequence,
  COPY_SETTINGS,
  type SchemaContents,
} from "./archive-tables.ts";
import type { Database, Transaction } from "./connection.ts";
import { readMigrationState } from "./migrate.ts";

/** What an export holds. */
export interface ArchiveSummary {
  header: ArchiveHeader;
  /** Of each table. */
  rows: Record<string, number>;
  /** Tables and views of the schema that are not ours, and stay where they are. */
  leftOut: string[];
}

/** As long as the largest database may take. Whoever waits can end it. */
export const COPY_DEADLINE_MS: number = 24 * 3_600_000;

/**
 * Reads everything that Cronverge keeps, as of one instant, and gives it to `write` in the format of
 * archive-format.ts. No more of it is in memory than one piece.
 *
 * @throws SchedulerError `database_unavailable` | `database_failed`, `schema_newer`; what `write` throws
 */
export async function writeArchive(
  db: Database,
  options: {
    live: boolean;
    write: (piece: Buffer) => Promise<void>;
    /** Default: the migrations of this version of Cronverge. */
    directory?: string;
  },
): Promise<ArchiveSummary> {
  const place = { schema: db.schema, ...(options.directory && { directory: options.directory }) };
  const { applied } = await readMigrationState(db, place);
  if (applied.length === 0) throw nothingThere(db.schema);
  return db.transaction(
    async (tx) => {
      // One snapshot for all tables; nothing can be read before it.
      await tx.script("set transaction isolation level repeatable read, read only");
      await tx.script(COPY_SETTINGS);
      const contents = await readContents(tx, place);
      await lockTables(tx, contents);
      const header = await readHeader(tx, { schema: db.schema, live: options.live, applied });
      const out = new Piecewise(options.write);
      await out.line(header);
      const rows: Record<string, number> = {};
      for (const table of contents.tables) rows[table.table] = await copyTable(tx, table, out);
      // After the rows: a sequence knows no snapshot, and must not be behind what was copied.
      for (const name of contents.sequences) await out.line(await readSequence(tx, name));
      await out.end(rows);
      return { header, rows, leftOut: contents.foreign };
    },
    { deadlineMs: COPY_DEADLINE_MS },
  );
}

function nothingThere(schema: string): SchedulerError {
  const message = `the database has no schema "${schema}" of Cronverge`;
  return new SchedulerError("database_failed", message, {
    help: "`cronverge db status` says which database that is; it is named by database.url, CRONVERGE_DATABASE_URL and database.schema",
  });
}

/** So that no migration changes a table before it is its turn. */
async function lockTables(tx: Transaction, { tables }: SchemaContents): Promise<void> {
  if (tables.length === 0) return;
  const names = tables.map(({ table }) => quoted(table)).join(", ");
  await tx.script(`lock table ${names} in access share mode`);
}

async function readHeader(
  tx: Transaction,
  options: Pick<ArchiveHeader, "schema" | "live"> & { applied: ArchiveHeader["migrations"] },
): Promise<ArchiveHeader> {
  const { schema, live, applied } = options;
  const [found] = await tx.query<{ server: string; at: Date; project: string | null }>(
    `select current_setting('server_version') as server, transaction_timestamp() as at,
            (select value from scheduler_state where key = 'project') as project`,
  );
  return {
    format: ARCHIVE_FORMAT,
    format_version: ARCHIVE_VERSION,
    program: VERSION,
    server: found?.server ?? "",
    schema,
    schema_version: applied.at(-1)?.version ?? 0,
    project: found?.project ?? null,
    live,
    exported_at: (found?.at ?? new Date()).toISOString(),
    migrations: applied,
  };
}

async function copyTable(tx: Transaction, table: ArchivedTable, out: Piecewise): Promise<number> {
  await out.line(table);
  let rows = 0;
  const columns = table.columns.map(quoted).join(", ");
  await tx.copyOut(`copy ${quoted(table.table)} (${columns}) to stdout`, async (chunk) => {
    rows += countLines(chunk);
    await out.bytes(chunk);
  });
  await out.bytes(Buffer.from(END_OF_ROWS));
  return rows;
}

/** In a row a line feed is written `\n`, so each row is one line. */
export function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}

const PIECE_BYTES = 256 * 1_024;

/** Gathers what comes in small parts: each row is one. */
class Piecewise {
  readonly #write: (piece: Buffer) => Promise<void>;
  readonly #hash = createHash("sha256");
  #parts: Buffer[] = [];
  #size = 0;

  constructor(write: (piece: Buffer) => Promise<void>) {
    this.#write = write;
  }

  async bytes(part: Buffer): Promise<void> {
    this.#hash.update(part);
    this.#parts.push(part);
    this.#size += part.length;
    if (this.#size >= PIECE_BYTES) await this.#flush();
  }

  line(value: object): Promise<void> {
    return this.bytes(Buffer.from(`${JSON.stringify(value)}\n`));
  }

  async end(rows: Record<string, number>): Promise<void> {
    const sha256 = this.#hash.copy().digest("hex");
    await this.line({ end: { rows, sha256 } });
    await this.#flush();
  }

  async #flush(): Promise<void> {
    const piece = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    await this.#write(piece);
  }
}
