import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobSpec } from "../../src/model/job.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { recordBackfill } from "../../src/store/backfill.ts";
import type { Database } from "../../src/store/connection.ts";
import { findJob } from "../../src/store/jobs.ts";
import { testDatabase } from "../helpers/database.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { anomaliesText, checkHistory } from "../../tools/history/checker.ts";
import { readCheckedJobs, readHistoryRows } from "../../tools/history/read.ts";
import { sleepers, startRacer, Witness } from "../helpers/race.ts";
import { triggerByHand } from "../helpers/runs.ts";

/** `npm run race -- --seconds 60` asks for longer. */
const SECONDS = Number(process.env["CRONVERGE_RACE_SECONDS"] ?? 4);

/** In a race of this length the clocks stand still for a while, so that there is something to catch up. */
const LONG_SECONDS = 20;
const OUTAGE_MS = 12_000;

/** A job that is due every few tenths of a second and sleeps for up to `ms`. */
function sleeper(name: string, given: Partial<JobSpec> & { ms: number; fails?: number }): JobSpec {
  const { ms, fails = 0, ...spec } = given;
  const counts = spec.mutex === undefined || spec.mutex === null ? name : `${name} ${spec.mutex}`;
  const parameters: JsonObject = { ms, fails, counts };
  return commandJob(name, {
    schedule: { type: "interval", everyMs: 200 + name.length * 7 },
    run: { type: "builtin", builtin: "log-cleanup" },
    parameters,
    ...spec,
  });
}

const retry = { attempts: 3, initialMs: 30, factor: 2, maxMs: 100, jitter: 0.5 };
const JOBS: JobSpec[] = [
  sleeper("skip", { ms: 500 }),
  sleeper("skip-retry", { ms: 300, fails: 0.5, retry }),
  sleeper("skip-three", {
    ms: 1_500,
    concurrency: 3,
    catchup: { policy: "all", windowMs: 3_600_000, max: 5 },
  }),
  sleeper("one", { ms: 600, overlap: "queue_one" }),
  sleeper("one-two", { ms: 1_200, overlap: "queue_one", concurrency: 2, fails: 0.3, retry }),
  sleeper("all", {
    ms: 300,
    overlap: "queue_all",
    queueLimit: 4,
    catchup: { policy: "all", windowMs: 3_600_000, max: 6 },
  }),
  sleeper("all-two", { ms: 700, overlap: "queue_all", queueLimit: 5, concurrency: 2 }),
  sleeper("replace", { ms: 600, overlap: "replace" }),
  sleeper("allow", { ms: 600, overlap: "allow", spreadMs: 100 }),
  sleeper("mutex-skip", {
    ms: 250,
    mutex: "shared",
    catchup: { policy: "none", windowMs: 3_600_000, max: 1 },
  }),
  sleeper("mutex-all", { ms: 200, mutex: "shared", overlap: "queue_all", queueLimit: 5 }),
  sleeper("mutex-one", { ms: 200, mutex: "shared", overlap: "queue_one", priority: 3 }),
  sleeper("mutex-replace", { ms: 200, mutex: "shared", overlap: "replace" }),
  sleeper("mutex-allow", {
    ms: 100,
    mutex: "shared",
    overlap: "allow",
    schedule: { type: "interval", everyMs: 900 },
  }),
  commandJob("process", {
    schedule: { type: "interval", everyMs: 700 },
    run: { type: "command", command: ["sleep", "0.8"] },
    overlap: "replace",
    graceMs: 500,
  }),
];

test("two nodes race: nothing overlaps, doubles or is lost, under any policy", async (t) => {
  const { database, connect } = await testDatabase(t);
  const witness = new Witness();
  await applyJobs(database, JOBS, { configHash: "race" });
  const builtins = sleepers(witness);
  const racers = await Promise.all(
    [1, 2].map(async () =>
      startRacer(t, { database: await connect(6), concurrency: 12, builtins }),
    ),
  );
  let asked = await askByHand(database, SECONDS / 2);
  if (SECONDS >= LONG_SECONDS) {
    await Promise.all(racers.map(({ stopClock }) => stopClock()));
    await sleep(OUTAGE_MS);
    for (const { startClock } of racers) startClock();
  }
  asked += await askByHand(database, SECONDS / 2);
  await Promise.all(racers.map(({ stopClock }) => stopClock()));
  await untilNothingIsOpen(database);

  const problems = racers.flatMap(({ events }) =>
    events.all.flatMap((event) => (event.type === "problem" ? [event.message] : [])),
  );
  assert.deepEqual(problems, []);
  const rows = await readHistoryRows(database);
  const anomalies = checkHistory(rows, { jobs: await readCheckedJobs(database) });
  assert.equal(anomaliesText(anomalies), "");
  const most = (word: string): number => witness.most.get(word) ?? 0;
  for (const { name, overlap, concurrency } of JOBS) {
    const limit = overlap === "allow" ? Infinity : concurrency;
    assert.ok(most(name) <= limit, `${name}: ${most(name)} of ${limit} at a time`);
  }
  assert.equal(most("shared"), 1, "the mutex");
  assert.equal(most("skip-three"), 3, "concurrency is reached");
  assert.ok(most("allow") > 1);
  await assertNewestRan(database, "replace");
  assert.deepEqual(await lostToBackfills(database), []);
  t.diagnostic(`${rows.length} executions, ${asked} by hand, ${witness.runs} runs`);
  t.diagnostic(JSON.stringify(await counts(database)));
});

/** Jobs that are backfilled now and then while they are due. */
const BACKFILLED = ["skip", "skip-retry", "skip-three", "one", "replace", "mutex-skip"];

/**
 * Asks for runs of any job, now and then by another policy than its own, and for backfills; returns
 * how many.
 */
async function askByHand(database: Database, seconds: number): Promise<number> {
  const untilMs = performance.now() + seconds * 1_000;
  let asked = 0;
  for (; performance.now() < untilMs; asked += 1) {
    const job = JOBS[Math.floor(Math.random() * JOBS.length)];
    assert.ok(job);
    await triggerByHand(database, job.name, Math.random() < 0.1 ? "queue_all" : null);
    const backfilled = BACKFILLED[asked % 12];
    if (backfilled !== undefined) await backfill(database, backfilled);
    await sleep(Math.random() * 120);
  }
  return asked;
}

/** Asks for two runs of the job beside its schedule. */
async function backfill(database: Database, name: string): Promise<void> {
  const job = await findJob(database, name);
  assert.ok(job);
  const times = [new Date("2026-01-01T00:00:00Z"), new Date("2026-01-01T00:01:00Z")];
  const request = { jobId: job.id, spec: job.spec, times, requestedBy: "t" };
  await recordBackfill(database, { ...request, reprocess: "all" });
}

/** What was skipped although nothing but backfills was in its way, to within a second. */
async function lostToBackfills(database: Database): Promise<unknown[]> {
  return database.query(
    `select e.job_name, e.scheduled_for, e.created_at from executions e
      where e.trigger in ('schedule', 'catchup') and e.reason = 'overlap'
        and not exists (
          select from executions o
           where o.job_id = e.job_id and o.id <> e.id and o.trigger <> 'backfill'
             and o.status <> 'skipped' and o.created_at <= e.created_at
             and o.finished_at >= e.created_at - interval '1 s')`,
  );
}

async function untilNothingIsOpen(database: Database): Promise<void> {
  for (;;) {
    const open = await database.query(
      "select from executions where status in ('pending', 'running') limit 1",
    );
    if (open.length === 0) return;
    await sleep(20);
  }
}

/** What is replaced ends in favour of what comes after it: the last one is not replaced. */
async function assertNewestRan(database: Database, name: string): Promise<void> {
  const [last] = await database.query<{ status: string }>(
    `select status from executions where job_name = $1 and status <> 'skipped'
      order by created_at desc, id desc limit 1`,
    [name],
  );
  assert.equal(last?.status, "success");
}

async function counts(database: Database): Promise<Record<string, number>> {
  const rows = await database.query<{ word: string; n: number }>(
    `select concat_ws(': ', status, reason) as word, count(*) as n from executions
      group by 1 order by 1`,
  );
  return Object.fromEntries(rows.map(({ word, n }) => [word, n]));
}
