import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { untilInterrupted } from "../../src/cli/db-interrupted.ts";
import { writeArchiveFile } from "../../src/store/archive-file.ts";
import { writeArchive } from "../../src/store/archive-write.ts";
import { testDatabase } from "../helpers/database.ts";
import { temporaryDirectory } from "../helpers/test-server.ts";

test("Ctrl-C ends an export at once and leaves no half file", async (t) => {
  const { connect } = await testDatabase(t);
  const database = await connect(1);
  const directory = await temporaryDirectory();
  t.after(() => rm(directory, { recursive: true, force: true }));
  const store = {
    database,
    embedded: false,
    [Symbol.asyncDispose]: () => Promise.resolve(database[Symbol.asyncDispose]()),
  };
  const begun = Promise.withResolvers<void>();
  const stuck = (): Promise<void> => {
    begun.resolve();
    return new Promise(() => undefined);
  };
  const exporting = untilInterrupted(store, (signal) =>
    writeArchiveFile(join(directory, "export.gz"), { replace: false, signal }, () =>
      writeArchive(database, { live: false, write: stuck }),
    ),
  );
  await begun.promise;
  assert.equal((await readdir(directory)).length, 1);
  process.emit("SIGINT");
  await assert.rejects(exporting, { code: "interrupted" });
  assert.deepEqual(await readdir(directory), []);
});
