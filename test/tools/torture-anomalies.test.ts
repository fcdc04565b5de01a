import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnomalyKind, CheckOptions, HistoryRow } from "../../tools/history/checker.ts";
import { anomaliesText, checkHistory } from "../../tools/history/checker.ts";
import type { LedgerLine } from "../../tools/history/ledger.ts";
import type { Transition } from "../../tools/history/transitions.ts";
import { change, end, life, line, state } from "../helpers/history-ledger.ts";
import { at, failed, job, MINUTE, NOON, row, skipped } from "../helpers/history.ts";

/** What job and database wrote down of the five good minutes, but for what `given` says. */
interface Evidence {
  rows: HistoryRow[];
  ledger: LedgerLine[];
  transitions: Transition[];
  options: Partial<CheckOptions>;
}

const MINUTES = [1, 2, 3, 4, 5];

/** The kinds that are found in five good minutes in which `plant` has planted something. */
function found(plant: (evidence: Evidence) => void): AnomalyKind[] {
  const evidence: Evidence = {
    rows: MINUTES.map((minute) => row(minute)),
    ledger: MINUTES.flatMap((minute) => [line(minute), end(minute)]),
    transitions: MINUTES.flatMap(life),
    options: {},
  };
  plant(evidence);
  const { rows, ledger, transitions, options } = evidence;
  const jobs = [{ ...job(), keepsLedger: true }];
  const anomalies = checkHistory(rows, { jobs, latestMs: 1_000, ledger, transitions, ...options });
  return [...new Set(anomalies.map(({ kind }) => kind))];
}

/** Replaces the row of minute 2. */
function replace(rows: HistoryRow[], given: Partial<HistoryRow>): void {
  rows[1] = row(2, given);
}

function without(lines: LedgerLine[], minute: number, kind?: LedgerLine["kind"]): LedgerLine[] {
  return lines.filter(
    (one) => one.executionId !== `a-${minute}` || (kind !== undefined && one.kind !== kind),
  );
}

test("a history that its ledger and its database confirm has no anomaly", () => {
  assert.deepEqual(
    found(() => undefined),
    [],
  );
});

test("an attempt that was killed wrote no end, and the next one wrote both", () => {
  const kinds = found((evidence) => {
    replace(evidence.rows, {
      attempt: 2,
      max_attempts: 2,
      errors: [{ ...failed(1, 10, 300), status: "abandoned", reason: "node_died" }],
      started_at: at(2, 400),
      fence: 102,
    });
    evidence.ledger = [
      ...without(evidence.ledger, 2),
      line(2, { fence: 90, pid: 900 }),
      line(2, { attempt: 2, atMs: Date.parse(at(2, 450)) }),
      end(2, { attempt: 2 }),
    ];
    evidence.options = { jobs: [] };
  });
  assert.deepEqual(kinds, []);
});

const PLANTED: [name: string, kind: AnomalyKind, plant: (evidence: Evidence) => void][] = [
  [
    "an attempt that started twice",
    "double_start",
    ({ ledger }) => ledger.push(line(2, { atMs: Date.parse(at(2, 60)) })),
  ],
  [
    "a start of an execution without a record",
    "orphan",
    ({ ledger }) => ledger.push(line(2, { executionId: "gone" })),
  ],
  [
    "a start of an attempt that the record does not have",
    "orphan",
    (evidence) => {
      replace(evidence.rows, { max_attempts: 2 });
      evidence.ledger.push(
        line(2, { attempt: 2, fence: 102, atMs: Date.parse(at(2, 900)), pid: 7 }),
      );
      evidence.options = { jobs: [] };
    },
  ],
  [
    "a success without an end of the job",
    "success_not_in_ledger",
    (evidence) => {
      evidence.ledger = without(evidence.ledger, 2, "end");
    },
  ],
  [
    "a success of which the job knows nothing",
    "success_not_in_ledger",
    (evidence) => {
      evidence.ledger = without(evidence.ledger, 2);
    },
  ],
  [
    "a success of a job that failed",
    "success_not_in_ledger",
    (evidence) => {
      evidence.ledger = [...without(evidence.ledger, 2, "end"), end(2, { detail: "1" })];
    },
  ],
  [
    "a skipped one that ran",
    "skipped_but_ran",
    (evidence) => {
      replace(evidence.rows, skipped);
      evidence.transitions = evidence.transitions.filter(
        ({ executionId }) => executionId !== "a-2",
      );
    },
  ],
  [
    "one that was cancelled while it waited, and ran",
    "skipped_but_ran",
    ({ rows }) => replace(rows, { ...skipped, status: "cancelled", reason: "removed" }),
  ],
  [
    "a process that ran before it was due",
    "early",
    ({ ledger }) => {
      ledger[2] = line(2, { atMs: Date.parse(at(2, -500)) });
    },
  ],
  [
    "more attempts than there may be",
    "too_many_attempts",
    (evidence) => {
      replace(evidence.rows, { attempt: 2, errors: [failed(1, 10, 20)], started_at: at(2, 30) });
      evidence.ledger = [
        ...without(evidence.ledger, 2),
        line(2, { fence: 90, atMs: Date.parse(at(2, 15)) }),
        line(2, { attempt: 2 }),
        end(2, { attempt: 2 }),
      ];
    },
  ],
  [
    "a process that found another at work",
    "overlap",
    ({ ledger }) => ledger.push(line(2, { kind: "busy", detail: "job-a" })),
  ],
  [
    "an end that came after the start of the next attempt",
    "overlap",
    (evidence) => {
      replace(evidence.rows, {
        attempt: 2,
        max_attempts: 2,
        errors: [failed(1, 10, 20)],
        started_at: at(2, 30),
      });
      evidence.ledger = [
        ...without(evidence.ledger, 2),
        line(2, { fence: 102, atMs: Date.parse(at(2, 15)), pid: 7 }),
        line(2, { attempt: 2, pid: 8 }),
        end(2, { pid: 7, attempt: 2, detail: "0" }),
      ];
      evidence.options = { jobs: [] };
    },
  ],
  [
    "an end under another fence than the record's",
    "zombie_write",
    ({ rows }) => replace(rows, { fence: 103 }),
  ],
  [
    "a record that changed after its end",
    "zombie_write",
    ({ transitions }) => {
      const success = state(2, { status: "success" });
      const after = state(2, { status: "abandoned" });
      transitions.push(change(2, 950, { before: success, after }));
    },
  ],
  [
    "an end by whoever had lost the record",
    "zombie_write",
    ({ transitions }) => {
      const after = state(2, { status: "failed", fence: 104 });
      transitions.push(change(2, 950, { before: state(2), after }));
    },
  ],
  [
    "a record that is gone",
    "lost",
    (evidence) => {
      evidence.rows.splice(1, 1);
      evidence.ledger = without(evidence.ledger, 2);
      evidence.options = { jobs: [] };
    },
  ],
  [
    "a record that was deleted",
    "lost",
    ({ transitions }) => {
      transitions.push(change(2, 950, { before: state(2, { status: "success" }) }));
    },
  ],
  [
    "a fence that goes back",
    "time_back",
    ({ transitions }) => transitions.push(change(2, 950, { before: state(2), after: state(1) })),
  ],
  [
    "an attempt that wrote after a later one",
    "time_back",
    ({ ledger, rows }) => {
      replace(rows, { max_attempts: 2, errors: [failed(2, 5, 6)] });
      ledger.push(line(2, { attempt: 2, atMs: Date.parse(at(2, 10)), fence: 103 }));
    },
  ],
  [
    "a process that is still there",
    "leftover_process",
    (evidence) => {
      evidence.options = { leftovers: [{ pid: 7, executionId: "a-2", command: "sleep 300" }] };
    },
  ],
  [
    "a start long after its due time, without a reason",
    "late",
    (evidence) => {
      replace(evidence.rows, { started_at: at(2, 1_500), finished_at: at(2, 1_700) });
      evidence.options = { quietMs: (fromMs, untilMs) => untilMs - fromMs };
    },
  ],
];

for (const [name, kind, plant] of PLANTED) {
  test(`${name} is found: ${kind}`, () => {
    assert.ok(found(plant).includes(kind), found(plant).join(", "));
  });
}

test("every kind of anomaly is planted here or beside the rows alone", () => {
  const beside: AnomalyKind[] = ["duplicate", "stuck", "no_reason", "phantom"];
  const planted = new Set([...PLANTED.map(([, kind]) => kind), ...beside]);
  const all = { overlap: 0, duplicate: 0, lost: 0, early: 0, late: 0, too_many_attempts: 0 };
  const others = { stuck: 0, no_reason: 0, phantom: 0, time_back: 0, double_start: 0, orphan: 0 };
  const ledger = { success_not_in_ledger: 0, skipped_but_ran: 0, zombie_write: 0 };
  const kinds = { ...all, ...others, ...ledger, leftover_process: 0 } satisfies Record<
    AnomalyKind,
    number
  >;
  assert.deepEqual([...planted].toSorted(), Object.keys(kinds).toSorted());
});

test("a start that a fault explains is not late", () => {
  const late = row(2, { started_at: at(2, 5_000), finished_at: at(2, 5_100) });
  const kindsWith = (quiet: number): AnomalyKind[] =>
    checkHistory([row(1), late, row(3), row(4), row(5)], {
      jobs: [job()],
      latestMs: 1_000,
      quietMs: () => quiet,
    }).map(({ kind }) => kind);
  assert.deepEqual(kindsWith(1_000), []);
  assert.deepEqual(
    kindsWith(1_001),
    Array.from({ length: 5 }, () => "late"),
  );
});

test("what was due before a change is lost where there was the time to record it", () => {
  const [span] = job().spans;
  assert.ok(span !== undefined);
  const jobs = [{ ...job(), spans: [{ ...span, untilMs: NOON + 5 * MINUTE, cutShort: true }] }];
  const quietMs = (fromMs: number, untilMs: number): number => untilMs - fromMs;
  const anomalies = checkHistory([row(1), row(2), row(3)], { jobs, latestMs: 1_000, quietMs });
  assert.equal(anomaliesText(anomalies), "lost  a: 2026-03-01T12:04:00.000Z has no record");
});
