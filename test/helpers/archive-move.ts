import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readArchiveFile, writeArchiveFile } from "../../src/store/archive-file.ts";
import { ArchiveReader } from "../../src/store/archive-reader.ts";
import { restoreArchive } from "../../src/store/archive-restore.ts";
import { writeArchive } from "../../src/store/archive-write.ts";
import { connect, type Database } from "../../src/store/connection.ts";
import { testDatabase, type Cleanup, type TestDatabase } from "./database.ts";
import { temporaryDirectory } from "./test-server.ts";

const NEVER = new AbortController().signal;

/** Exports one database and imports it into another. */
export async function moveSchedule(
  t: Cleanup,
  { from, to }: { from: Database; to: Database },
): Promise<void> {
  const directory = await temporaryDirectory();
  t.after(() => rm(directory, { recursive: true, force: true }));
  const file = join(directory, "export.gz");
  await writeArchiveFile(file, { replace: false, signal: NEVER }, (write) =>
    writeArchive(from, { live: false, write }),
  );
  await restoreArchive(to, new ArchiveReader(readArchiveFile(file, NEVER)), { project: null });
}

/** A database without our schema. */
export async function emptyDatabase(t: Cleanup): Promise<Pick<TestDatabase, "database" | "url">> {
  const { database, address, url } = await testDatabase(t);
  const options = { schema: "cronverge", applicationName: "test", maxConnections: 2 };
  const empty = await connect({ ...options, url: address, pooled: false });
  t.after(async () => empty[Symbol.asyncDispose]());
  await database.query("drop schema cronverge cascade");
  return { database: empty, url };
}
