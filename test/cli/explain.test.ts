import assert from "node:assert/strict";
import { test } from "node:test";
import { registerNode, stopNode } from "../../src/store/nodes.ts";
import { overrideJob } from "../../src/store/overrides.ts";
import { daily, DAY_MS, later, noon } from "./daily.ts";
import { age, leave, ledgerProject } from "./ledger-project.ts";

test("what has a record is explained by it, whichever form the time has", async (t) => {
  const { database, apply, explain } = await ledgerProject(t);
  await apply(daily("a"));
  await age(database, 10);
  const at = noon(1);
  const ran = { startedAt: later(at, 20), finishedAt: later(at, 1_020) };
  const id = await leave(database, "a", { at, status: "success", ...ran });
  const date = at.slice(0, 10);
  const forms = [at, `${date}T12:00Z`, `${date} 12:00`, date, `${date} 13:00 +01:00`];
  for (const form of forms) {
    const { data, text } = await explain("a", form);
    assert.deepEqual([data.outcome, data.execution?.execution_id], ["success", id], form);
    assert.match(
      text,
      /^a, due \w{3} \S+ 12:00 \+00:00, succeeded\.\n\n {2}It started 20 ms after/,
    );
  }
  const { data } = await explain("a", at);
  assert.equal(data.execution?.revision?.id, 1);
  assert.equal(data.schedule?.text, "0 12 * * *");
  assert.equal(data.policies?.overlap, "skip");
});

test("a skipped due time names what was in its way, and a missed one the time without a scheduler", async (t) => {
  const { database, apply, explain } = await ledgerProject(t);
  await apply(daily("a"));
  await age(database, 10);
  const [first, second, third, last] = [noon(5), noon(4), noon(3), noon(1)];
  const long = { startedAt: later(first, 5), finishedAt: later(second, 60_000) };
  const blocker = await leave(database, "a", { at: first, status: "success", ...long });
  await leave(database, "a", {
    at: second,
    status: "skipped",
    reason: "overlap",
    finishedAt: second,
  });
  const overlap = await explain("a", second);
  assert.equal(overlap.data.other_execution?.execution_id, blocker);
  assert.match(overlap.text, /was skipped: another run of the job was going on, or was about to\./);
  assert.match(
    overlap.text,
    /In its way was execution \S+ \(due .* 12:00 \+00:00\), which ran from/,
  );

  await leave(database, "a", {
    at: third,
    status: "skipped",
    reason: "missed",
    coversUntil: noon(2),
    coversCount: 2,
    finishedAt: later(last, -3_600_000),
  });
  const lives = [
    ["old", later(third, -DAY_MS), later(third, -3_600_000)],
    ["new", later(last, -3_600_000), later(last, DAY_MS)],
  ];
  for (const [id = "", started, ended] of lives) {
    const node = { id, host: "h", pid: 1, processStart: null, version: "1", concurrency: 1 };
    await registerNode(database, { ...node, configFile: null, role: "all" }, { leaseMs: 1 });
    await stopNode(database, id);
    await database.query(
      "update nodes set started_at = $2::timestamptz, stopped_at = $3::timestamptz where id = $1",
      [id, started ?? "", ended ?? ""],
    );
  }
  for (const at of [third, noon(2)]) {
    const { data, text } = await explain("a", at);
    assert.equal(data.execution?.covers_count, 2);
    assert.deepEqual(data.unattended, {
      from: later(third, -3_600_000),
      until: later(last, -3_600_000),
    });
    assert.match(text, /was skipped with 1 other: it was due while no scheduler was running/);
  }
  const caughtUp = { startedAt: later(last, -3_000_000), finishedAt: later(last, -2_999_000) };
  await leave(database, "a", { at: last, status: "success", trigger: "catchup", ...caughtUp });
  assert.match((await explain("a", last)).text, /was caught up late and succeeded/);
});

test("what ended otherwise says how, by whom and after which attempts", async (t) => {
  const { database, apply, explain } = await ledgerProject(t);
  await apply(daily("a", ", retry: {attempts: 3}"));
  await age(database, 10);
  const at = noon(1);
  const ran = { startedAt: later(at, 9_000), finishedAt: later(at, 9_500) };
  const id = await leave(database, "a", { at, status: "failed", reason: "exit_code", ...ran });
  const entry = {
    attempt: 1,
    started_at: at.replace("Z", "+00:00"),
    finished_at: later(at, 1_500).replace("Z", "+00:00"),
    status: "failed",
    reason: "exit_code",
    error: "first line\nsecond",
    exit_code: 2,
    signal: null,
    node_id: "node",
  };
  await database.query(
    `update executions set errors = $2::text::jsonb, attempt = 2, max_attempts = 3, exit_code = 3,
            error = 'no space' where id = $1`,
    [id, JSON.stringify([entry])],
  );
  const failed = await explain("a", at);
  assert.match(failed.text, /^a, due .*, failed after 2 attempts: .* \(it was 3\)\./);
  assert.match(failed.text, /\n {2}Attempt 1, at .*, failed after 1\.5 s: first line\n/);
  assert.match(failed.text, /--from \S+T12:00:00Z --to \S+T12:00:01Z --reprocess failed\n/);
  assert.equal(failed.data.execution?.failed_attempts[0]?.started_at, at);

  await database.query(
    `update executions set status = 'cancelled', reason = 'cancel_requested',
            cancel_requested_by = 'bob@laptop', cancel_requested_at = now() where id = $1`,
    [id],
  );
  assert.match((await explain("a", at)).text, /^a, due .*, was cancelled by bob@laptop\./);
});

test("what waits says for what", async (t) => {
  const { database, apply, explain } = await ledgerProject(t);
  await apply(daily("a", ", mutex: m"), daily("b", ", mutex: m"));
  await age(database, 10);
  const at = noon(0);
  const id = await leave(database, "a", { at, status: "pending" });
  const waits = async () => (await explain("a", at)).data.waiting;
  assert.deepEqual([(await waits())?.for, (await waits())?.schedulers], ["scheduler", 0]);
  const node = { id: "n", host: "elsewhere", pid: 1, processStart: null, version: "1" };
  const known = { ...node, concurrency: 1, configFile: null, role: "all" } as const;
  await registerNode(database, known, { leaseMs: 60_000 });
  assert.equal((await waits())?.for, "claim");

  const holder = await leave(database, "b", {
    at,
    status: "running",
    startedAt: at,
    holdsKey: true,
  });
  await database.query("update executions set exclusive_key = 'mutex:m'");
  const key = await explain("a", at);
  assert.equal(key.data.waiting?.mutex, "m");
  assert.match(
    key.text,
    new RegExp(`waits: execution ${holder} of b .* has had the mutex m since`),
  );
  await database.query("update executions set holds_key = false, node_id = 'n' where id = $1", [
    holder,
  ]);
  assert.equal((await waits())?.for, "slot");

  await database.query(
    `update executions set attempt = 1, max_attempts = 3, holds_key = true,
            available_at = now() + interval '1 hour' where id = $1`,
    [id],
  );
  assert.match((await explain("a", at)).text, /waits: attempt 2 of 3 starts at .*, in (59m|1h)/);
});

test("what has no record says why, from the decisions about the job", async (t) => {
  const { database, apply, explain } = await ledgerProject(t);
  await apply(daily("a"));
  const before = await explain("a", noon(1));
  assert.equal(before.data.outcome, "not_registered");
  assert.match(before.text, /was not registered yet\.\n\n {2}Revision 1 registered it on/);

  await age(database, 10);
  const soon = await explain("a", noon(-1));
  assert.equal(soon.data.outcome, "future");
  assert.match(soon.text, /is to come: it starts in .*\n\n {2}No scheduler is running now/);
  const between = await explain("a", later(noon(2), 3_600_000));
  assert.equal(between.data.outcome, "not_due");
  assert.deepEqual(between.data.nearest, { before: noon(2), after: noon(1) });

  assert.equal((await explain("a", noon(3))).data.outcome, "lost", "the clock has passed it");
  await database.query("update job_clock set next_run = $1::timestamptz, next_effective = $1", [
    noon(0),
  ]);
  const late = await explain("a", noon(0));
  assert.equal(late.data.outcome, "unrecorded");
  assert.match(late.text, /What to type next\n {2}start a scheduler {3}cronverge up\n/);

  await overrideJob(database, "a", { enabled: false, by: "bob", reason: "holidays" });
  const superseded = await explain("a", noon(0));
  assert.equal(superseded.data.outcome, "superseded");
  assert.match(
    superseded.text,
    /never recorded: the job was disabled before a scheduler saw to it/,
  );
  const resting = await explain("a", noon(-1));
  assert.equal(resting.data.outcome, "disabled");
  assert.match(
    resting.text,
    /is not due at .*: it is disabled\.\n\n {2}bob disabled it on .*: holidays\.\n/,
  );

  await overrideJob(database, "a", { enabled: true, by: "bob", reason: null });
  await apply("  b: {command: ['true']}", daily("a", ", enabled: true").replace("0 12", "0 13"));
  assert.equal((await explain("a", noon(-1))).data.outcome, "not_due");
  assert.equal((await explain("b", noon(-1))).data.outcome, "no_schedule");
});

test("a removed job has its past, an unknown one none", async (t) => {
  const { database, apply, explain, backfill } = await ledgerProject(t);
  await apply(daily("a"), daily("b"), daily("c"), daily("d"));
  await age(database, 10);
  const at = noon(4);
  await leave(database, "a", { at, status: "success", startedAt: at, finishedAt: later(at, 5) });
  await apply(daily("b"), daily("c"), daily("d"));
  assert.equal((await explain("a", at)).data.outcome, "success");
  const past = await explain("a", at);
  assert.match(past.text, /It is no longer declared since revision 2, /);
  assert.doesNotMatch(past.text, /cronverge (?:backfill|jobs run|jobs show)/);
  assert.equal(past.data.removed?.revision?.id, 2);
  assert.equal((await explain("a", noon(-1))).data.outcome, "removed");
  await assert.rejects(backfill("a", {}), {
    code: "job_not_found",
    message: "The job 'a' is no longer declared since revision 2",
    help: /cronverge jobs history a/,
  });
  await assert.rejects(explain("nobody", at), { code: "job_not_found" });
  await assert.rejects(explain("a", "whenever"), { code: "usage" });
});

test("what retention deleted is told apart from what is lost", async (t) => {
  const { database, project, apply, explain } = await ledgerProject(t);
  await apply(daily("a"));
  await age(database, 200);
  assert.equal((await explain("a", noon(100))).data.outcome, "pruned");
  assert.equal((await explain("a", noon(10))).data.outcome, "lost");
  await leave(database, "a", { at: noon(120), status: "success" });
  assert.equal((await explain("a", noon(100))).data.outcome, "lost", "an older one is kept");
  const text = (await import("node:fs")).readFileSync(project.configFile, "utf8");
  await project.write("config.yaml", `retention: {executions: {per_job: 1}}\n${text}`);
  const { data } = await explain("a", noon(150));
  assert.deepEqual([data.outcome, data.retention?.per_job], ["pruned", 1]);
});

test("of the time before the oldest decision that is kept no answer is made up", async (t) => {
  const { database, apply, explain } = await ledgerProject(t);
  await apply(daily("a"));
  await age(database, 200);
  assert.equal((await explain("a", noon(250))).data.outcome, "not_registered");
  // It was created long before, but the decisions of that time are pruned.
  await database.query("update scheduled_jobs set created_at = now() - interval '300 days'");
  const { data, text } = await explain("a", noon(250));
  assert.deepEqual([data.outcome, data.scheduled_for, data.decision], ["pruned", null, null]);
  assert.match(text, /^a: whether it was due at .* is not known any more: old records are deleted/);
  assert.match(text, /Records are kept for 90d/);
  assert.equal((await explain("a", noon(350))).data.outcome, "not_registered");
});

test("times that the clocks skip or show twice find the run that there was", async (t) => {
  const { database, apply, explain } = await ledgerProject(t);
  await apply(`  a: {schedule: "30 2 * * *", command: ["true"]}`);
  await age(database, 4_000);
  const outcomeOf = async (time: string) => {
    const { data } = await explain("a", time);
    return [data.scheduled_for, data.clock_change];
  };
  assert.deepEqual(await outcomeOf("2026-03-29 02:30"), ["2026-03-29T01:00:00.000Z", "skipped"]);
  assert.deepEqual(await outcomeOf("2026-10-25 02:30"), ["2026-10-25T00:30:00.000Z", "first"]);
  assert.deepEqual(await outcomeOf("2026-10-25 02:30 +01:00"), [null, null]);
});
