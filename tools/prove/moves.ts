import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ArchiveReader } from "../../src/store/archive-reader.ts";
import { readArchiveFile, writeArchiveFile } from "../../src/store/archive-file.ts";
import { restoreArchive } from "../../src/store/archive-restore.ts";
import { writeArchive } from "../../src/store/archive-write.ts";
import { connect, type ConnectionAddress, type Database } from "../../src/store/connection.ts";
import { fillOddly } from "../../test/helpers/archive-fill.ts";
import { rowDigests } from "../../test/helpers/archive-rows.ts";
import { testDatabase, type Cleanup } from "../../test/helpers/database.ts";
import { startInstalled } from "../../test/helpers/installed-server.ts";
import { temporaryDirectory } from "../../test/helpers/test-server.ts";

export interface MovesFound {
  /** Of executions, and as many lines of logs. */
  rows: number;
  fileBytes: number;
  exportMs: number;
  importMs: number;
  backMs: number;
  /** How much more memory this process had at most than before. */
  grownBytes: number;
  /** Tables that differ on the other server, or back again. */
  differing: string[];
}

const NEVER = new AbortController().signal;

/** Moves a schedule with so many rows from the embedded server to the one in `bin`, and back. */
export async function proveMoves(
  t: Cleanup,
  { rows, bin }: { rows: number; bin: string },
): Promise<MovesFound> {
  const { database, address } = await testDatabase(t);
  await fillOddly(database);
  await fillMany(database, rows);
  const before = await rowDigests(database);
  const directory = await temporaryDirectory();
  t.after(() => rm(directory, { recursive: true, force: true }));
  const server = await startInstalled(bin, directory);
  t.after(async () => server[Symbol.asyncDispose]());
  const other = await open(t, server.connection);
  const file = join(directory, "export.gz");
  const memory = watchMemory();
  const exportMs = await exportTo(file, database);
  const { size: fileBytes } = await stat(file);
  const importMs = await importFrom(file, other);
  const there = differences(before, await rowDigests(other));
  await database.query("drop schema cronverge cascade");
  const back = await open(t, address);
  const backMs = (await exportTo(file, other)) + (await importFrom(file, back));
  const grownBytes = memory.end();
  const again = differences(before, await rowDigests(back));
  const differing = [...there, ...again];
  return { rows, fileBytes, exportMs, importMs, backMs, grownBytes, differing };
}

/** History and lines as jobs leave them behind. */
async function fillMany(database: Database, rows: number): Promise<void> {
  const long = { deadlineMs: 600_000 };
  await database.transaction(async (tx) => {
    await tx.query(
      `insert into executions (id, job_id, job_name, trigger, scheduled_for, available_at, status, fence,
                               started_at, finished_at, duration_ms, message, result, trace_id)
       select gen_random_uuid()::text, 'j1', 'odd-job', 'schedule',
              timestamptz '2001-01-01' + n * interval '1 minute', '2001-01-01', 'success', n,
              '2001-01-01', '2001-01-01 00:00:00.123', 123, 'done ' || n,
              jsonb_build_object('n', n, 'text', repeat('ä', 20)), md5(n::text)
         from generate_series(1, $1::integer) n`,
      [rows],
    );
    await tx.query(
      `insert into logs (level, module, message, metadata, trace_id, job_name)
       select 'INFO', 'stdout', 'line ' || n || E' \\\\ \\t' || md5(n::text), case when n % 3 = 0 then jsonb_build_object('n', n) end,
              md5(n::text), 'odd-job'
         from generate_series(1, $1::integer) n`,
      [rows],
    );
  }, long);
}

async function open(t: Cleanup, url: ConnectionAddress): Promise<Database> {
  const options = { schema: "cronverge", applicationName: "prove", maxConnections: 2 };
  const database = await connect({ ...options, url, pooled: false });
  t.after(async () => database[Symbol.asyncDispose]());
  return database;
}

async function exportTo(file: string, database: Database): Promise<number> {
  const startedMs = performance.now();
  await writeArchiveFile(file, { replace: true, signal: NEVER }, (write) =>
    writeArchive(database, { live: false, write }),
  );
  return performance.now() - startedMs;
}

async function importFrom(file: string, database: Database): Promise<number> {
  const startedMs = performance.now();
  const reader = new ArchiveReader(readArchiveFile(file, NEVER));
  await restoreArchive(database, reader, { project: null });
  return performance.now() - startedMs;
}

function differences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  const tables = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...tables].filter((table) => before[table] !== after[table]);
}

const LOOK_MS = 20;

function watchMemory(): { end: () => number } {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), LOOK_MS);
  return {
    end: () => {
      clearInterval(timer);
      return most - before;
    },
  };
}
