import assert from "node:assert/strict";
import { attemptOutcome } from "../../src/model/execution.ts";
import type { OverlapPolicy } from "../../src/model/policy.ts";
import type { Claimed } from "../../src/store/claims.ts";
import { claimPending, markStarted } from "../../src/store/claims.ts";
import type { Database } from "../../src/store/connection.ts";
import { finishExecutions } from "../../src/store/finish.ts";
import { findJob } from "../../src/store/jobs.ts";
import { triggerJob } from "../../src/store/trigger.ts";

/** Asks for a run of the job, as a person does. */
export async function triggerByHand(
  database: Database,
  name: string,
  overlap: OverlapPolicy | null = null,
): ReturnType<typeof triggerJob> {
  const job = await findJob(database, name);
  assert.ok(job);
  const request = { jobId: job.id, parameters: null, triggeredBy: "t", overlap };
  return triggerJob(database, { ...request, trigger: "manual" });
}

/** The one execution that waits, claimed for the node, which is registered. */
export async function claimOne(database: Database, nodeId: string): Promise<Claimed> {
  const [claimed] = await claimPending(database, { nodeId, limit: 1, only: null });
  assert.ok(claimed);
  return claimed;
}

/** Runs the job once to its end, on the node `node`, which is registered; returns the id. */
export async function runOnce(
  database: Database,
  name: string,
  status: "success" | "failed" = "success",
): Promise<string> {
  await triggerByHand(database, name);
  const claimed = await claimOne(database, "node");
  await markStarted(database, [claimed]);
  const outcome = attemptOutcome({ status });
  await finishExecutions(database, [{ ...claimed, outcome }]);
  return claimed.id;
}
