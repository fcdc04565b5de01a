import assert from "node:assert/strict";
import type { AttemptOutcome } from "../../src/model/execution.ts";
import { attemptOutcome } from "../../src/model/execution.ts";
import type { JobPolicies, RetryPolicy } from "../../src/model/policy.ts";
import { DEFAULT_POLICIES } from "../../src/model/policy.ts";
import { mayRetry } from "../../src/schedule/backoff.ts";
import type { Claimed } from "../../src/store/claims.ts";
import { markStarted } from "../../src/store/claims.ts";
import type { OccurrenceRow } from "../../src/store/clock.ts";
import { fire } from "../../src/store/clock.ts";
import type { Database } from "../../src/store/connection.ts";
import type { JobExecution } from "../../src/store/executions.ts";
import { findExecution } from "../../src/store/executions.ts";
import type { Ending } from "../../src/store/finish.ts";
import { finishExecutions } from "../../src/store/finish.ts";
import { findJob } from "../../src/store/jobs.ts";
import type { ScheduledJob } from "../../src/store/jobs.ts";
import { applyJobs, commandJob, rewindClock } from "./desired.ts";
import { moveTo, occurrence, readDueJob } from "./firing.ts";
import { testNode } from "./node.ts";
import { claimOne, triggerByHand } from "./runs.ts";

/** A failure as a command has it. */
export const FAILURE: AttemptOutcome = attemptOutcome({
  status: "failed",
  reason: "exit_code",
  error: "exit code 1\nno such host",
  exitCode: 1,
});

export const SUCCESS: AttemptOutcome = attemptOutcome({ status: "success" });

/** So many attempts, with pauses that no test waits for. */
export function attempts(count: number, given: Partial<RetryPolicy> = {}): RetryPolicy {
  return { ...DEFAULT_POLICIES.retry, attempts: count, jitter: 0, ...given };
}

/** Registers job `a` with these policies, and the node `node`. */
export async function applyJob(
  database: Database,
  policies: Partial<JobPolicies> = {},
): Promise<void> {
  await applyJobs(database, [commandJob("a", policies)]);
  await testNode(database, "node");
}

/** Claims what waits and commits its start, on the node `node` if no other one is named. */
export async function startOne(database: Database, nodeId = "node"): Promise<Claimed> {
  const claimed = await claimOne(database, nodeId);
  const started = await markStarted(database, [claimed]);
  assert.equal(started.size, 1);
  return claimed;
}

/** Asks for a run of job `a`, and starts it. */
export async function startByHand(database: Database): Promise<Claimed> {
  await triggerByHand(database, "a");
  return startOne(database);
}

/** Records an occurrence of job `a` a minute after its former one, and starts it. */
export async function startDue(database: Database, at: Date): Promise<Claimed> {
  await recordWaiting(database, at);
  return startOne(database);
}

/** Records an occurrence of job `a` that waits for a slot; returns its id. */
export async function recordWaiting(
  database: Database,
  at: Date,
  given: Partial<OccurrenceRow> = {},
): Promise<string> {
  await rewindClock(database, "a", at);
  const job = await readDueJob(database, "a");
  const { spec } = await jobA(database);
  const move = moveTo(job, new Date("2036-01-01T00:00:00Z"), spec);
  const row = occurrence(job, { status: "pending", rule: move.admission.rule, ...given });
  await fire(database, { moves: [move], rows: [row], nodeId: "node" });
  return row.id;
}

/** Ends the attempt as a node does; the pause before the next one, if there may be one, is none. */
export async function end(
  database: Database,
  { id, fence }: Pick<Claimed, "id" | "fence">,
  outcome: AttemptOutcome = FAILURE,
  retryAfterMs = 0,
): Promise<Ending | null> {
  const retry = mayRetry(outcome) ? { retryAfterMs } : {};
  const endings = await finishExecutions(database, [{ id, fence, outcome, ...retry }]);
  return endings.get(id) ?? null;
}

/** The execution as history has it. */
export async function executionOf(database: Database, id: string): Promise<JobExecution> {
  const found = await findExecution(database, id);
  assert.ok(found);
  return found;
}

/** Job `a` as lists have it. */
export async function jobA(database: Database): Promise<ScheduledJob> {
  const job = await findJob(database, "a");
  assert.ok(job);
  return job;
}

/** The reason why a row has ended, with its status. */
export async function endOf(database: Database, id: string): Promise<(string | null)[]> {
  const { status, reason } = await executionOf(database, id);
  return [status, reason];
}
