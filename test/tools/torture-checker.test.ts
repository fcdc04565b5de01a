import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_POLICIES } from "../../src/model/policy.ts";
import { registerNode } from "../../src/store/nodes.ts";
import { testDatabase } from "../helpers/database.ts";
import { at, failed, job, MINUTE, NOON, row, schedule, skipped } from "../helpers/history.ts";
import { applyJobs, commandJob } from "../helpers/desired.ts";
import { runOnce } from "../helpers/runs.ts";
import type { AnomalyKind, HistoryRow } from "../../tools/history/checker.ts";
import { anomaliesText, checkHistory } from "../../tools/history/checker.ts";
import { readCheckedJobs, readHistoryRows } from "../../tools/history/read.ts";

/** What a good history of five minutes becomes by `row` in the place of that of minute 2. */
function kindsWith(planted: HistoryRow[], jobs = [job()]): AnomalyKind[] {
  const rows = [row(1), ...planted, row(3), row(4), row(5)];
  return checkHistory(rows, { jobs, latestMs: 1_000 }).map(({ kind }) => kind);
}

test("a history in which all is well has no anomaly", () => {
  assert.deepEqual(kindsWith([row(2)]), []);
  const retried = { attempt: 3, max_attempts: 3, errors: [failed(1, 10, 20), failed(2, 30, 40)] };
  const retrying = job({ retry: { ...DEFAULT_POLICIES.retry, attempts: 3 } });
  assert.deepEqual(kindsWith([row(2, { ...retried, started_at: at(2, 50) })], [retrying]), []);
  const waited = { ...retried, attempt: 1, errors: [failed(1, 10, 20)], started_at: null };
  const cancelled = { ...waited, status: "cancelled", reason: "disabled" } as const;
  assert.deepEqual(kindsWith([row(2, { ...cancelled, available_at: at(2, 900) })], [retrying]), []);
  const range = row(1, { ...skipped, covers_until: at(5), covers_count: 5 });
  assert.deepEqual(checkHistory([range], { jobs: [job()] }), []);
  const beside = row(2, { id: "b", trigger: "backfill", backfill_id: "b", started_at: at(2, 950) });
  assert.deepEqual(kindsWith([row(2), { ...beside, finished_at: at(2, 999) }]), []);
});

const PLANTED: [name: string, kind: AnomalyKind, rows: HistoryRow[]][] = [
  ["two records", "duplicate", [row(2), row(2, { id: "x", ...skipped })]],
  [
    "a range over a record",
    "duplicate",
    [row(2), row(2, { id: "x", ...skipped, covers_until: at(3), covers_count: 2 })],
  ],
  ["one attempt twice", "duplicate", [row(2, { attempt: 1, errors: [failed(1, 5, 6)] })]],
  ["no record", "lost", []],
  [
    "a start before it was due",
    "early",
    [row(2, { created_at: at(2, -9), started_at: at(2, -5) })],
  ],
  ["a start before it was available", "early", [row(2, { available_at: at(2, 500) })]],
  ["a start long after", "late", [row(2, { started_at: at(2, 1_500), finished_at: at(2, 1_600) })]],
  ["an attempt too many", "too_many_attempts", [row(2, { attempt: 2, errors: [failed(1, 6, 7)] })]],
  ["a skipped one that started", "skipped_but_ran", [row(2, { ...skipped, attempt: 1 })]],
  ["one that waits", "stuck", [row(2, { ...skipped, status: "pending", finished_at: null })]],
  ["one without an end", "stuck", [row(2, { finished_at: null, started_at: null })]],
  ["one that keeps its key", "stuck", [row(2, { holds_key: true })]],
  ["a failure without a reason", "no_reason", [row(2, { status: "failed" })]],
  ["a reason that is none", "no_reason", [row(2, { reason: JSON.parse('"because"') })]],
  [
    "a record of no due time",
    "phantom",
    [row(2), row(2, { id: "x", scheduled_for: at(2, 30_000), ...skipped })],
  ],
  [
    "a range that counts wrong",
    "phantom",
    [row(2, { ...skipped, covers_count: 3, covers_until: at(2) })],
  ],
  ["an end before the start", "time_back", [row(2, { started_at: at(2, 950) })]],
  ["a start before the record", "time_back", [row(2, { created_at: at(2, 50) })]],
  ["a key taken back", "time_back", [row(2, { fence: 1 })]],
];

for (const [name, kind, rows] of PLANTED) {
  test(`${name} is found: ${kind}`, () => {
    const kinds = kindsWith(rows);
    assert.ok(kinds.includes(kind), kinds.join(", "));
    assert.deepEqual([...new Set(kinds)], [kind]);
  });
}

test("attempts beside one another are found by job, by mutex and by number", () => {
  const long = { finished_at: at(3, 500) };
  assert.deepEqual(kindsWith([row(2, long)]), ["overlap"]);
  assert.deepEqual(kindsWith([row(2, long)], [job({ overlap: "allow" })]), []);
  assert.deepEqual(kindsWith([row(2, long)], [job({ concurrency: 2 })]), []);
  const three = row(2, { finished_at: at(4, 500) });
  const beside = row(3, { id: "m", trigger: "manual", scheduled_for: null, due_at: null });
  const crowd = [three, { ...beside, finished_at: at(4, 300) }];
  assert.deepEqual(kindsWith(crowd, [job({ concurrency: 2 })]), ["overlap", "overlap"]);
  const other = { ...job({ mutex: "db" }, "b"), spans: [] };
  const rows = [
    row(2),
    row(2, { trigger: "manual", job_id: "b", job_name: "b", fence: 103, started_at: at(2, 899) }),
  ];
  assert.deepEqual(kindsWith(rows, [job(), other]), []);
  assert.deepEqual(kindsWith(rows, [job({ mutex: "db" }), other]), ["overlap"]);
});

test("an attempt that was tried again counts where it ran", () => {
  const retried = { attempt: 2, max_attempts: 2, errors: [failed(1, 10, 60_500)] };
  const times = { started_at: at(4, -100), finished_at: at(4, -50), available_at: at(4, -100) };
  const retrying = job({ retry: { ...DEFAULT_POLICIES.retry, attempts: 2 } });
  assert.deepEqual(kindsWith([row(2, { ...retried, ...times, fence: 103 })], [retrying]), [
    "overlap",
  ]);
});

test("what was due last before a change may be missing, what was due earlier may not", () => {
  const span = { schedule, anchorMs: NOON, fromMs: NOON, untilMs: NOON + 5 * MINUTE };
  const jobs = [{ ...job(), spans: [{ ...span, cutShort: true }] }];
  const found = (...minutes: number[]): string =>
    anomaliesText(
      checkHistory(
        minutes.map((minute) => row(minute)),
        { jobs },
      ),
    );
  assert.equal(found(1, 2, 3, 4), "");
  assert.equal(found(1, 3, 4), "lost  a: 2026-03-01T12:02:00.000Z has no record");
});

test("a history is read from a database through the export", async (t) => {
  const { database } = await testDatabase(t);
  const node = { host: "h", pid: 1, processStart: null, version: "1", concurrency: 1 };
  const known = { ...node, id: "node", configFile: null, role: "all" } as const;
  await registerNode(database, known, { leaseMs: 60_000 });
  await applyJobs(database, [commandJob("a"), commandJob("b", { schedule: null })]);
  await runOnce(database, "a");
  const jobs = await readCheckedJobs(database);
  assert.deepEqual(
    jobs.map(({ name, spans }) => [name, spans.length]),
    [
      ["a", 1],
      ["b", 0],
    ],
  );
  assert.deepEqual(checkHistory(await readHistoryRows(database), { jobs }), []);
  await database.query(
    "update job_clock set next_run = next_run + interval '2 minutes' where next_run is not null",
  );
  const moved = checkHistory(await readHistoryRows(database), {
    jobs: await readCheckedJobs(database),
  });
  assert.deepEqual(
    moved.map(({ kind }) => kind),
    ["lost", "lost"],
  );
});
