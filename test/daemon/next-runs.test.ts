import assert from "node:assert/strict";
import { test } from "node:test";
import { nextRunReader } from "../../src/daemon/next-runs.ts";
import { findJob } from "../../src/store/jobs.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";

test("runs that end together ask once when their jobs are due next", async (t) => {
  const { database } = await testDatabase(t);
  const byHand = commandJob("by-hand", { schedule: null });
  await applyJobs(database, [commandJob("a"), commandJob("b"), byHand]);
  const ids = await Promise.all(
    ["a", "b", "by-hand"].map(async (name) => (await findJob(database, name))?.id ?? ""),
  );
  let questions = 0;
  const nextRunOf = nextRunReader({
    ...database,
    query: (text, parameters, options) => {
      questions += 1;
      return database.query(text, parameters, options);
    },
  });
  const [a, b, unscheduled, unknown] = await Promise.all([...ids, "nobody"].map(nextRunOf));
  assert.match(a ?? "", /^\d{4}-.*:00\.000Z$/);
  assert.equal(b, a);
  assert.deepEqual([unscheduled, unknown], [null, null]);
  assert.equal(questions, 1);
});
