import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Database } from "../../src/store/connection.ts";
import { connect } from "../../src/store/connection.ts";
import { migrate } from "../../src/store/migrate.ts";
import { testDatabase, type Cleanup } from "./database.ts";

const MIGRATIONS = fileURLToPath(new URL("../../src/store/migrations", import.meta.url));

/** A schema of before, closed by `await using`. */
export interface OldSchema extends AsyncDisposable {
  database: Database;
  schema: string;
  url: string;
  upgrade(): Promise<void>;
}

/** A schema as it was before a migration, which is named by its number: `0004`. */
export async function schemaBefore(t: Cleanup, number: string): Promise<OldSchema> {
  const { address, url } = await testDatabase(t);
  const schema = "old";
  const options = { url: address, schema, applicationName: "test", maxConnections: 2 };
  const database = await connect({ ...options, pooled: false });
  const directory = await mkdtemp(join(tmpdir(), "cronverge-migrations-"));
  t.after(() => rm(directory, { recursive: true }));
  for (const file of (await readdir(MIGRATIONS)).filter((name) => name < number)) {
    await copyFile(join(MIGRATIONS, file), join(directory, file));
  }
  await migrate(database, { schema, directory });
  return {
    database,
    schema,
    url,
    upgrade: async () => void (await migrate(database, { schema })),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
