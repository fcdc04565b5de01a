import assert from "node:assert/strict";
import { mkdtemp, chmod, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { anomaliesText } from "../../tools/history/checker.ts";
import { judge } from "../../tools/torture/evidence.ts";
import { runTorture } from "../../tools/torture/run.ts";
import { takeoverTimes } from "../../tools/torture/recovery.ts";
import { strayLives, summaryText } from "../../tools/torture/summary.ts";

const LEASE_MS = 5_000;

test(
  "three nodes, their jobs, and faults of ten kinds for 20 s: the histories are in order",
  { skip: process.platform === "linux" ? false : "it reads /proc", timeout: 110_000 },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "cronverge-torture-test-"));
    await chmod(folder, 0o711);
    const stack = new AsyncDisposableStack();
    t.after(() => stack.disposeAsync());
    const options = {
      nodes: 3,
      // Its faults are of many kinds, and one of them outlasts the lease.
      seed: 3_243,
      durationMs: 20_000,
      jobs: 16,
      leaseMs: LEASE_MS,
      // Other test files run beside this one.
      latestMs: 10_000,
      editEveryMs: 7_000,
      sparedNode: null,
      only: [],
      folder,
      say: (line: string) => t.diagnostic(line),
    };
    const evidence = await runTorture(options, stack);
    const anomalies = judge(evidence);
    t.diagnostic(summaryText(evidence, anomalies));
    assert.equal(anomaliesText(anomalies), "");
    assert.deepEqual(evidence.faults.problems, []);
    assert.deepEqual(strayLives(evidence), []);
    assert.ok(evidence.faults.done.length >= 5, "faults were done");
    const successes = evidence.history.rows.filter(({ status }) => status === "success");
    assert.ok(successes.length > 20, `${successes.length} successes`);
    const undisturbed = takeoverTimes(evidence).filter(({ disturbed }) => !disturbed);
    const slowest = Math.max(0, ...undisturbed.map(({ tookMs }) => tookMs));
    assert.ok(slowest <= LEASE_MS + 5_000, `a takeover took ${slowest} ms`);
    // Whoever looks into a failure needs what it left behind.
    await stack.disposeAsync();
    await rm(folder, { recursive: true, force: true });
  },
);
