import assert from "node:assert/strict";
import { test } from "node:test";
import { registerNode, stopNode } from "../../src/store/nodes.ts";
import { triggerByHand } from "../helpers/runs.ts";
import { daily, later, noon } from "./daily.ts";
import { age, leave, ledgerProject } from "./ledger-project.ts";

test("a day stands for the one due time in it, or asks for one of several", async (t) => {
  const { database, apply, explain } = await ledgerProject(t);
  const yesterday =
    noon(0).slice(0, 10) === new Date().toISOString().slice(0, 10) ? noon(1) : noon(0);
  await apply(
    daily("a"),
    "  hourly: {schedule: {cron: '0 * * * *', timezone: UTC}, command: ['true']}",
    "  tick: {schedule: {every: 10s}, command: ['true']}",
    "  yearly: {schedule: {cron: '0 0 1 6 *', timezone: UTC}, command: ['true']}",
  );
  await age(database, 400);
  const id = await leave(database, "a", { at: yesterday, status: "success", startedAt: yesterday });
  const day = yesterday.slice(0, 10);
  const one = (await explain("a", day)).data;
  assert.deepEqual([one.outcome, one.execution?.execution_id], ["success", id]);
  const many = await explain("hourly", day);
  const { outcome, scheduled_for, others, asked } = many.data;
  assert.deepEqual([outcome, scheduled_for, others.length], ["several", null, 24]);
  assert.equal(asked.day, day);
  assert.match(
    many.text,
    new RegExp(`^hourly was due 24 times on \\w{3} ${day}: ask about one of them`),
  );
  assert.match(many.text, new RegExp(`cronverge explain hourly ${day}T00:00:00Z\n`));
  const most = await explain("tick", "yesterday");
  assert.equal(most.data.others.length, 100);
  assert.match(most.text, /was due 100 times or more on/);
  const none = await explain("yearly", "2026-05-31");
  assert.equal(none.data.outcome, "not_due");
  assert.match(none.text, /^yearly was not due on Sun 2026-05-31\./);
  assert.match((await explain("a", "tomorrow")).text, /is to come/);
});

test("what started late says what it waited for", async (t) => {
  const { database, apply, explain } = await ledgerProject(t);
  await apply(
    daily("a", ", overlap: queue_all"),
    daily("b", ", mutex: m"),
    daily("c", ", mutex: m"),
    daily("d"),
  );
  await age(database, 10);
  const at = noon(1);
  const minutes = (count: number): string => later(at, count * 60_000);
  const leaveRun = (job: string, [from, until]: [number, number], dueAt = at): Promise<string> =>
    leave(database, job, {
      at: dueAt,
      status: "success",
      createdAt: at,
      startedAt: minutes(from),
      finishedAt: minutes(until),
    });
  const before = await leaveRun("a", [-60, 5], noon(2));
  await leaveRun("a", [5.01, 6]);
  const own = await explain("a", at);
  assert.deepEqual(
    own.data.delay?.holders.map(({ execution_id }) => execution_id),
    [before],
  );
  assert.match(own.text, new RegExp(`It waited 5m00s for execution ${before} \\(due`));

  const holder = await leaveRun("b", [-60, 20]);
  await leaveRun("c", [20, 21]);
  await database.query(
    "update executions set exclusive_key = 'mutex:m' where job_name in ('b', 'c')",
  );
  const key = await explain("c", at);
  assert.deepEqual([key.data.delay?.mutex, key.data.delay?.waited_ms], ["m", 1_200_000]);
  assert.match(key.text, new RegExp(`for the mutex m: execution ${holder} of b .* had it until`));

  const late = await leaveRun("d", [30, 31]);
  const unknown = await explain("d", at);
  assert.match(unknown.text, /It waited 30m00s\. The records do not say what for/);
  const node = { id: "n", host: "h", pid: 1, processStart: null, version: "1", concurrency: 2 };
  await registerNode(database, { ...node, configFile: null, role: "all" }, { leaseMs: 1 });
  await stopNode(database, "n");
  const lived = async (from: string): Promise<void> => {
    await database.query(
      "update nodes set started_at = $1::timestamptz, stopped_at = $2::timestamptz",
      [from, minutes(60)],
    );
    await database.query("update executions set node_id = 'n' where id = $1", [late]);
  };
  await lived(minutes(25));
  assert.equal((await explain("d", at)).data.delay?.unattended?.until, minutes(25));
  await lived(minutes(-100));
  assert.equal((await explain("d", at)).data.delay?.node_slots, null, "it was not full");
  // Ids tell when an execution was made: these two are as old as the wait.
  const ages = Date.parse(at).toString(16).padStart(12, "0");
  const prefix = `${ages.slice(0, 8)}-${ages.slice(8)}`;
  await database.query(
    `update executions set node_id = 'n', id = $1 || substr(id, 14), started_at = $2::timestamptz,
            finished_at = $3::timestamptz
      where job_name in ('a', 'b') and scheduled_for = $4::timestamptz`,
    [prefix, minutes(-1), minutes(29), at],
  );
  const full = await explain("d", at);
  assert.equal(full.data.delay?.node_slots, 2);
  assert.match(full.text, /It waited 30m00s for a slot: all 2 of its scheduler were in use\./);
  await leave(database, "d", { at: noon(2), status: "success", startedAt: later(noon(2), 900) });
  assert.equal(
    (await explain("d", noon(2))).data.delay,
    null,
    "less than a second needs no reason",
  );
});

test("a backfill is named instead of offered once more", async (t) => {
  const { database, apply, explain } = await ledgerProject(t);
  await apply(daily("a"));
  await age(database, 10);
  const at = noon(1);
  await leave(database, "a", { at, status: "skipped", reason: "missed", finishedAt: at });
  assert.match((await explain("a", at)).text, /cronverge backfill a --from/);
  const run = { startedAt: later(at, 60_000), finishedAt: later(at, 61_000) };
  const id = await leave(database, "a", { at, status: "success", trigger: "backfill", ...run });
  const { text } = await explain("a", at);
  assert.match(text, new RegExp(`backfilled: execution ${id} started at .* and succeeded\\.`));
  assert.match(text, new RegExp(`see what its backfill wrote +cronverge logs --execution ${id}\n`));
  assert.doesNotMatch(text, /cronverge backfill/);
  await database.query("update executions set status = 'failed' where id = $1", [id]);
  assert.match((await explain("a", at)).text, /cronverge backfill a .* --reprocess failed\n/);
});

test("a minute, a second or a day stands for the due times in it", async (t) => {
  const { database, apply, explain } = await ledgerProject(t);
  await apply("  tick: {schedule: {every: 10s}, command: ['true']}");
  await age(database, 1);
  const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000).toISOString();
  const { data } = await explain("tick", `${minute.slice(0, 16)}Z`);
  assert.equal(data.others.length, 5);
  assert.ok(data.scheduled_for !== null && data.scheduled_for >= minute);
  assert.equal((await explain("tick", data.scheduled_for)).data.others.length, 0);
  const run = await triggerByHand(database, "tick");
  const now = new Date().toISOString().slice(0, 16);
  const beside = (await explain("tick", `${now}Z`)).data.beside;
  assert.deepEqual(
    beside.map(({ execution_id }) => execution_id),
    [run.id],
  );
});
