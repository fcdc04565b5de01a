import assert from "node:assert/strict";
import { test } from "node:test";
import { planAsJson } from "../../src/cli/saved-plan.ts";
import { SchedulerError } from "../../src/model/errors.ts";
import type { JobSpec } from "../../src/model/job.ts";
import type { SavedPlan } from "../../src/plan/saved.ts";
import { applyDesired, planAgainst } from "../../src/store/apply.ts";
import type { ApplyRequest } from "../../src/store/apply-request.ts";
import type { Applied } from "../../src/store/apply.ts";
import type { Database } from "../../src/store/connection.ts";
import { listJobs } from "../../src/store/jobs.ts";
import { overrideJob } from "../../src/store/overrides.ts";
import { latestRevision } from "../../src/store/revisions.ts";
import { identifyDatabase, sourceHash } from "../../src/store/saved-plan.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob, requestOf } from "../helpers/desired.ts";

const GIT = { commit: "abc123def456", author: "Ann", subject: "Later", dirty: false };

/** A request whose hash and text tell its config and code from others. */
function distinctRequest(specs: JobSpec[], given: Partial<ApplyRequest> = {}): ApplyRequest {
  return requestOf(specs, {
    configHash: sourceHash(JSON.stringify([specs, [...(given.codes ?? [])]])),
    source: JSON.stringify(specs),
    ...given,
  });
}

/** What `plan --out` keeps of a request. */
async function save(database: Database, request: ApplyRequest): Promise<SavedPlan> {
  const plan = await planAgainst(database, request);
  const saved = {
    kind: "cronverge-plan",
    format: 1,
    version: "0.1.0",
    created_at: new Date().toISOString(),
    created_by: "ann",
    database: await identifyDatabase(database),
    base_revision: plan.baseRevision,
    config_file: request.configFile,
    git_commit: null,
    config_hash: request.configHash,
    source_hash: sourceHash(request.source),
    codes: Object.fromEntries([...request.codes].map(([name, { sha256 }]) => [name, sha256])),
    allow_prune: request.allowPrune,
    plan: planAsJson(plan),
  } satisfies SavedPlan;
  return JSON.parse(JSON.stringify(saved));
}

/** The request with what somebody agreed to. */
function agreed({ saved, ...request }: ApplyRequest & { saved: SavedPlan }): ApplyRequest {
  return { ...request, agreed: { saved, toJson: planAsJson } };
}

/** The message of the refusal, after which nothing must have changed. */
async function refused(
  database: Database,
  request: ApplyRequest & { saved: SavedPlan },
): Promise<string> {
  const before = await database.query("select * from scheduled_jobs order by id");
  const revision = (await latestRevision(database))?.id;
  const error: unknown = await applyDesired(database, agreed(request)).catch(
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof SchedulerError);
  assert.equal(error.code, "plan_stale");
  assert.match(error.help ?? "", /cronverge plan --out FILE/);
  assert.deepEqual(await database.query("select * from scheduled_jobs order by id"), before);
  assert.equal((await latestRevision(database))?.id, revision);
  return error.message;
}

test("what was planned is applied, before the first revision and after it", async (t) => {
  const { database } = await testDatabase(t);
  for (const specs of [
    [commandJob("a")],
    [commandJob("a", { timeoutMs: 1_000 }), commandJob("b")],
  ]) {
    const request = distinctRequest(specs);
    const saved = await save(database, request);
    const { plan }: Applied = await applyDesired(database, agreed({ ...request, saved }));
    assert.ok(plan.changes.length > 0);
  }
  assert.equal((await listJobs(database)).length, 2);
});

test("a revision that was applied meanwhile refuses it, and says by whom and from what", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const request = distinctRequest([commandJob("b"), commandJob("a")]);
  const saved = await save(database, request);
  await applyJobs(database, [commandJob("c"), commandJob("a")], {
    git: GIT,
    appliedBy: "bob@host",
  });
  const message = await refused(database, { ...request, saved });
  assert.match(
    message,
    /revision 2 is in force, applied by bob@host from commit abc123def456 "Later"/,
  );
  assert.match(message, /made on revision 1/);
});

test("files that changed meanwhile refuse it: the config, or the code of a plugin", async (t) => {
  const { database } = await testDatabase(t);
  const plugin = commandJob("p", { run: { type: "plugin", plugin: "p", export: null } });
  const code = (sha256: string) => new Map([["p", { sha256, code: "//", map: "{}" }]]);
  const saved = await save(database, distinctRequest([plugin], { codes: code("one") }));
  const recoded = distinctRequest([plugin], { codes: code("two") });
  assert.match(await refused(database, { ...recoded, saved }), /the code of p changed/);
  const edited = distinctRequest([commandJob("p")], { codes: code("one") });
  assert.match(await refused(database, { ...edited, saved }), /config\.yaml changed/);
});

test("another database, or another schema or server, refuses it", async (t) => {
  const one = await testDatabase(t);
  const two = await testDatabase(t);
  const request = distinctRequest([commandJob("a")]);
  const saved = await save(one.database, request);
  assert.match(await refused(two.database, { ...request, saved }), /the plan was made for schema/);
  const { database } = one;
  const moved = { ...saved, database: { ...saved.database, server: "1" } };
  assert.match(await refused(database, { ...request, saved: moved }), /on another server/);
  const elsewhere = { ...saved, database: { ...saved.database, project: "other" } };
  assert.match(await refused(database, { ...request, saved: elsewhere }), /project "other"/);
});

test("a plan that would not do the same any more refuses it", async (t) => {
  const { database } = await testDatabase(t);
  await applyJobs(database, [commandJob("a"), commandJob("b")]);
  const request = distinctRequest([commandJob("a", { enabled: false }), commandJob("b")]);
  const saved = await save(database, request);
  await overrideJob(database, "a", { enabled: false, by: "ann", reason: null });
  assert.match(await refused(database, { ...request, saved }), /what would be done to a is not/);
  const forged = { ...saved, plan: { ...saved.plan, changes: [] } };
  await database.query("update scheduled_jobs set override_enabled = null, enabled = true");
  assert.match(await refused(database, { ...request, saved: forged }), /done to a is not/);
});

test("credentials are not kept in it, and differ all the same by the config's hash", async (t) => {
  const { database } = await testDatabase(t);
  const secret = (value: string) => [commandJob("a", { env: { API_TOKEN: value } })];
  const saved = await save(database, distinctRequest(secret("hunter2")));
  assert.doesNotMatch(JSON.stringify(saved), /hunter2/);
  assert.match(
    await refused(database, { ...distinctRequest(secret("other")), saved }),
    /changed since/,
  );
});

test("the base is looked at under the lock: of two that apply one plan, one is too late", async (t) => {
  const { database, connect } = await testDatabase(t);
  await applyJobs(database, [commandJob("a")]);
  const request = distinctRequest([commandJob("a"), commandJob("b")]);
  const saved = await save(database, request);
  const others = await Promise.all([connect(), connect()]);
  const results = await Promise.allSettled(
    others.map((other) => applyDesired(other, agreed({ ...request, saved }))),
  );
  assert.deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  assert.equal((await latestRevision(database))?.id, 2);
});
