import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSpec } from "../../src/model/job.ts";
import { planBetween } from "../../src/plan/between.ts";
import { desired, NOW_MS, spec } from "./jobs.ts";

const codes =
  (sha256: string) =>
  ({ name }: JobSpec): string | null =>
    ({ kept: sha256, same: "s" })[name] ?? null;

test("a plan between two states of the files is as if all of the first were in force", () => {
  const before = { desired: desired(spec("gone"), spec("kept"), spec("same")), codeOf: codes("1") };
  const after = { desired: desired(spec("kept"), spec("same"), spec("new")), codeOf: codes("2") };
  const plan = planBetween(before, after, { nowMs: NOW_MS, allowPrune: true });
  assert.deepEqual(
    plan.changes.map(({ action, name, code }) => [action, name, code?.before, code?.after]),
    [
      ["update", "kept", "1", "2"],
      ["create", "new", undefined, undefined],
      ["delete", "gone", undefined, undefined],
    ],
  );
  const known = plan.changes.map(({ jobId, live }) => [jobId, live.running + live.pending]);
  assert.deepEqual(
    known,
    [
      [null, 0],
      [null, 0],
      [null, 0],
    ],
    "files know no rows and no runs",
  );
});

test("where there was no file yet, all is new", () => {
  const before = { desired: null, codeOf: () => null };
  const after = { desired: desired(spec("a")), codeOf: () => null };
  const { changes, settings } = planBetween(before, after, { nowMs: NOW_MS, allowPrune: false });
  assert.deepEqual(
    changes.map(({ action, name }) => `${action} ${name}`),
    ["create a"],
  );
  assert.deepEqual(settings, []);
});
