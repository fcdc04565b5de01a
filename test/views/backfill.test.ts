import { test } from "node:test";
import type { BackfillData } from "../../src/views/backfill-data.ts";
import { renderBackfill } from "../../src/views/backfill.ts";
import { assertGolden, plain } from "../helpers/golden.ts";
import { byHand, revision } from "./explain-facts.ts";

const runs: BackfillData["runs"] = [
  { scheduled_for: "2026-11-10T01:00:00.000Z", had: "not_run" },
  { scheduled_for: "2026-11-11T01:00:00.000Z", had: "failed" },
];

const data: BackfillData = {
  job_name: "nightly",
  timezone: "Europe/Paris",
  from: "2026-11-09T23:00:00.000Z",
  to: "2026-11-12T23:00:00.000Z",
  reprocess: "failed",
  dry_run: false,
  backfill_id: "01a1fd9a-e9cc-7ce3-9c3d-108e411baf24",
  due_total: 3,
  runs,
  schedule: { text: "0 2 * * *", human: "Daily at 2:00", timezone: "Europe/Paris" },
  schedule_changes: [],
  enabled: true,
  concurrent: 1,
  mutex: null,
  schedulers: 1,
};

const [first] = runs;
const KINDS: Record<string, BackfillData> = {
  recorded: data,
  one: { ...data, runs: first === undefined ? [] : [first], due_total: 1, mutex: "warehouse" },
  many: {
    ...data,
    dry_run: true,
    backfill_id: null,
    due_total: 130,
    runs: Array.from({ length: 120 }, () => runs)
      .flat()
      .slice(0, 103),
    concurrent: 3,
  },
  "dry-run": { ...data, dry_run: true, backfill_id: null, concurrent: null },
  nothing: { ...data, runs: [], backfill_id: null },
  "no-due-time": { ...data, runs: [], backfill_id: null, due_total: 0 },
  warned: {
    ...data,
    enabled: false,
    schedulers: 0,
    schedule_changes: [{ ...byHand, kind: "changed", reason: null, revision }],
  },
};

for (const [name, shown] of Object.entries(KINDS)) {
  test(`the backfill '${name}' is written`, () => {
    assertGolden(`backfill/${name}.txt`, renderBackfill(shown, { color: plain }));
  });
}
