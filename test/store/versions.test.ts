import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSpec } from "../../src/model/job.ts";
import { upsertAdHocJob } from "../../src/store/ad-hoc.ts";
import type { Database } from "../../src/store/connection.ts";
import { findJob } from "../../src/store/jobs.ts";
import { pruneHistory } from "../../src/store/retention.ts";
import { listVersions, type JobVersion } from "../../src/store/versions.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";

const DAY_MS = 86_400_000;
const AGES = { executionAgeMs: 90 * DAY_MS, executionsPerJob: 10_000, logAgeMs: 30 * DAY_MS };

const codeOf = (sha256: string) => ({ sha256, code: sha256, map: "" });

const pluginJob = (name: string): JobSpec =>
  commandJob(name, { run: { type: "plugin", plugin: name, export: null } });

const deploy = (database: Database, sha256: string): Promise<unknown> =>
  applyJobs(database, [pluginJob("p")], { codes: new Map([["p", codeOf(sha256)]]) });

const prune = (database: Database, versionsPerJob: number): Promise<unknown> =>
  pruneHistory(database, { ...AGES, versionsPerJob }, { signal: new AbortController().signal });

async function versionsOf(database: Database, name: string): Promise<JobVersion[]> {
  const [row] = await database.query<{ id: string }>(
    "select id from scheduled_jobs where job_name = $1",
    [name],
  );
  return listVersions(database, row?.id ?? "");
}

test("the number of a version never repeats, however many are pruned", async (t) => {
  const { database } = await testDatabase(t);
  const given: string[] = [];
  for (let n = 0; n < 14; n += 1) {
    await deploy(database, `code ${n}`);
    given.push((await findJob(database, "p"))?.version ?? "");
    await prune(database, n < 12 ? 10 : 1);
  }
  assert.deepEqual(
    given,
    Array.from({ length: 14 }, (_, n) => `1.0.${n}`),
  );
});

test("the greatest number stays, also when the newest is not the last that was made", async (t) => {
  const { database } = await testDatabase(t);
  for (const sha256 of ["a", "b", "c"]) await deploy(database, sha256);
  // The clock of the server went back before the last one, and an older one is in force again.
  await database.query(
    "update job_versions set created_at = now() - interval '1 day' where sha256 = 'c'",
  );
  await deploy(database, "b");
  await prune(database, 1);
  const left = await versionsOf(database, "p");
  assert.deepEqual(left.map(({ number }) => number).sort(), ["1.0.1", "1.0.2"]);
  await deploy(database, "d");
  assert.equal((await findJob(database, "p"))?.version, "1.0.3");
});

test("versions of a job that nobody declares are numbered in the same way", async (t) => {
  const { database } = await testDatabase(t);
  for (let n = 0; n < 4; n += 1) {
    await upsertAdHocJob(database, { spec: pluginJob("q"), code: codeOf(`code ${n}`) });
    await prune(database, 1);
    const numbers = (await versionsOf(database, "q")).map(({ number }) => number);
    assert.deepEqual(numbers, [`1.0.${n}`]);
  }
});
