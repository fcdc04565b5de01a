import assert from "node:assert/strict";
import { test } from "node:test";
import { cancelBackfill } from "../../src/store/backfill.ts";
import { findLedgerJob } from "../../src/store/ledger-job.ts";
import { overrideJob } from "../../src/store/overrides.ts";
import { startTestScheduler } from "../helpers/project.ts";
import { checkHistory } from "../../tools/history/checker.ts";
import { readHistoryRows } from "../../tools/history/read.ts";
import { age, leave, ledgerProject } from "./ledger-project.ts";

const daily = (name: string, extra = ""): string =>
  `  ${name}: {schedule: {cron: "0 2 * * *", timezone: UTC}, command: ["true"]${extra}}`;

const RANGE = { from: "2026-03-01T00:00Z", to: "2026-03-06T00:00Z" };
const at = (day: number): string => `2026-03-0${day}T02:00:00.000Z`;

test("due times without a run are run, and what is recorded of them stays as it is", async (t) => {
  const { database, apply, backfill } = await ledgerProject(t);
  await apply(daily("a", ", priority: 5"));
  await leave(database, "a", { at: at(1), status: "success", startedAt: at(1), finishedAt: at(1) });
  const bad = { startedAt: at(2), finishedAt: at(2), reason: "exit_code" } as const;
  await leave(database, "a", { at: at(2), status: "failed", ...bad });
  const stretch = { coversUntil: at(4), coversCount: 2, finishedAt: at(5) };
  await leave(database, "a", { at: at(3), status: "skipped", reason: "missed", ...stretch });
  const before = await readHistoryRows(database);

  const daysOf = (runs: { scheduled_for: string }[]): string =>
    runs.map(({ scheduled_for }) => scheduled_for.slice(9, 10)).join("");
  for (const [reprocess, days] of [
    ["none", "345"],
    ["failed", "2345"],
    ["all", "12345"],
  ] as const) {
    const { data, text } = await backfill("a", { ...RANGE, reprocess, dryRun: true });
    assert.equal(daysOf(data.runs), days, reprocess);
    assert.deepEqual([data.due_total, data.backfill_id], [5, null]);
    assert.match(text, /runs of a would be recorded for its due times from/);
  }
  assert.deepEqual(await readHistoryRows(database), before, "a dry run records nothing");

  const { data, text } = await backfill("a", RANGE);
  assert.match(
    text,
    /^3 runs of a are recorded for its due times from Tue 2026-03-03 02:00 \+00:00 to/,
  );
  assert.match(text, /They run one after another, the oldest first/);
  assert.match(text, /No scheduler is running, and a backfill waits until one does\./);
  const rows = await readHistoryRows(database);
  assert.deepEqual(
    rows.filter(({ trigger }) => trigger !== "backfill"),
    before,
  );
  const added = rows.filter(({ trigger }) => trigger === "backfill");
  assert.deepEqual(
    added.map((row) => [row.scheduled_for, row.status, row.priority, row.backfill_id]),
    [3, 4, 5].map((day) => [at(day), "pending", 4, data.backfill_id]),
  );
  const again = await backfill("a", RANGE);
  assert.match(
    again.text,
    /^Nothing to run: all 5 due times of a in that stretch have their runs\./,
  );
});

test("what makes no sense is refused, with what would", async (t) => {
  const { apply, backfill } = await ledgerProject(t);
  await apply(
    daily("a"),
    "  hand: {command: ['true']}",
    "  tick: {schedule: '* * * * *', command: ['true']}",
  );
  const cases: [string, object, RegExp][] = [
    ["a", { from: "2026-03-02", to: "2026-03-02" }, /--from must be before --to/],
    ["a", { from: "today", to: "2099-01-01" }, /is due at .*, which is to come/],
    ["hand", RANGE, /has no schedule, hence no due times/],
    ["tick", { from: "2026-03-01", to: "2026-03-09" }, /more than 10000 due times/],
    ["a", { from: "soon" }, /cannot read the time 'soon'/],
  ];
  for (const [name, given, message] of cases) {
    await assert.rejects(backfill(name, given), { code: "usage", message });
  }
  await assert.rejects(backfill("nobody", RANGE), { code: "job_not_found" });
});

test("a stretch of two times of day may end in a moment", async (t) => {
  const { apply, backfill } = await ledgerProject(t);
  // A zone in which it is about noon, so that no day ends between the two.
  const minutes = Math.floor(Date.now() / 60_000) % 60;
  const ahead = 12 - new Date().getUTCHours();
  const timezone = `Etc/GMT${ahead < 0 ? "+" : "-"}${Math.abs(ahead)}`;
  await apply(`  tick: {schedule: {cron: "* * * * *", timezone: ${timezone}}, command: ["true"]}`);
  const clock = (minute: number): string =>
    `${12 + Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}`;
  const { data } = await backfill("tick", { from: clock(minutes), to: clock(minutes + 1) });
  assert.equal(Date.parse(data.to) - Date.parse(data.from), 60_000);
  assert.equal(data.due_total, 1);
});

test("a schedule that was another in the meantime and a job that rests are said", async (t) => {
  const { database, apply, backfill } = await ledgerProject(t);
  await apply(daily("a").replace("0 2", "0 3"));
  await apply(daily("a"));
  await age(database, 5);
  await overrideJob(database, "a", { enabled: false, by: "bob", reason: null });
  const since = new Date(Date.now() - 10 * 86_400_000).toISOString();
  const { data, text } = await backfill("a", { from: since });
  assert.deepEqual(
    data.schedule_changes.map(({ kind }) => kind),
    ["changed"],
  );
  assert.match(text, /Until then its due times were others\. Revision 2 changed its schedule on/);
  assert.match(text, /The schedule of the job rests now; a backfill runs all the same\./);
  assert.ok(data.backfill_id);
  const ended = await cancelBackfill(database, { backfillId: data.backfill_id, by: "bob" });
  assert.deepEqual(ended, { jobName: "a", cancelled: data.runs.length, running: 0 });
  const retaken = await backfill("a", { from: since });
  assert.equal(retaken.data.runs.length, data.runs.length, "what never started is run again");
  assert.equal(await cancelBackfill(database, { backfillId: "x", by: "bob" }), null);
});

test("ten thousand runs are recorded at once, and two backfills do not meet", async (t) => {
  const { database, apply, backfill } = await ledgerProject(t);
  await apply("  tick: {schedule: {cron: '* * * * *', timezone: UTC}, command: ['true']}");
  const range = { from: "2026-03-01T00:00Z", to: "2026-03-07T22:40Z" };
  const both = await Promise.all([backfill("tick", range), backfill("tick", range)]);
  const counts = both.map(({ data }) => data.runs.length).sort((a, b) => a - b);
  assert.deepEqual(counts, [0, 10_000]);
  const rows = await readHistoryRows(database);
  assert.equal(new Set(rows.map(({ scheduled_for }) => scheduled_for)).size, 10_000);
});

test("a scheduler runs them one after another, the oldest first, and the job knows its time", async (t) => {
  const { database, url, project, apply, backfill } = await ledgerProject(t);
  const command = 'command: "sleep 0.2; echo for $CRONVERGE_SCHEDULED_FOR"';
  await apply(`  a: {schedule: {cron: "0 2 * * *", timezone: UTC}, ${command}}`);
  const { events } = await startTestScheduler(t, project, url);
  const { data } = await backfill("a", { ...RANGE, to: "2026-03-04" });
  assert.equal(data.schedulers, 1);
  for (let left = data.runs.length; left > 0; left -= 1) await events.next("run_finished");
  const rows = (await readHistoryRows(database)).filter(({ trigger }) => trigger === "backfill");
  const started = rows.toSorted((one, two) =>
    (one.started_at ?? "") < (two.started_at ?? "") ? -1 : 1,
  );
  assert.deepEqual(
    started.map(({ scheduled_for }) => scheduled_for),
    [at(1), at(2), at(3)],
  );
  const job = await findLedgerJob(database, "a");
  assert.ok(job);
  const checked = [{ id: job.id, name: "a", spec: job.spec, spans: [] }];
  assert.deepEqual(checkHistory(rows, { jobs: checked }), []);
  const lines = await database.query<{ message: string }>(
    "select message from logs where message like 'for %' order by id",
  );
  assert.deepEqual(
    lines.map(({ message }) => message),
    [1, 2, 3].map((day) => `for ${at(day)}`),
  );
});
