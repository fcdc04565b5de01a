import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import type { JobPolicies } from "../../src/model/policy.ts";
import { DEFAULT_POLICIES } from "../../src/model/policy.ts";
import { admissionOf } from "../../src/store/admission.ts";
import { fire, readDue } from "../../src/store/clock.ts";
import type { ClockMove, DueJob, Fired, OccurrenceRow } from "../../src/store/clock.ts";
import type { Database } from "../../src/store/connection.ts";

/** The job that is due, as the clock reads it. */
export async function readDueJob(database: Database, name: string): Promise<DueJob> {
  const { due } = await readDue(database, { limit: 100 });
  const job = due.find(({ jobName }) => jobName === name);
  assert.ok(job, `${name} is due`);
  return job;
}

/** An occurrence of the job that a node has a slot for, by the policies that are the defaults. */
export function occurrence(job: DueJob, given: Partial<OccurrenceRow> = {}): OccurrenceRow {
  const scheduledFor = given.scheduledFor ?? job.nextRun;
  return {
    id: randomUUIDv7(),
    jobId: job.jobId,
    trigger: "schedule",
    scheduledFor,
    dueAt: scheduledFor,
    coversUntil: null,
    coversCount: 1,
    status: "running",
    reason: null,
    rule: "hold",
    nth: 0,
    turn: 0,
    starts: false,
    ...given,
  };
}

/** The move of the job's clock to an instant, by the policies that are given or else the defaults. */
export function moveTo(job: DueJob, to: Date, policies: Partial<JobPolicies> = {}): ClockMove {
  const admission = admissionOf({ ...DEFAULT_POLICIES, ...policies }, job);
  return { job, newNextRun: to, newNextEffective: to, admission };
}

/**
 * Records occurrences of a job as its policies say, as the clock does; `slots` of the node are free
 * for the first of them. Its clock stays where it is, so that it can be called again.
 */
export async function recordDue(
  database: Database,
  job: DueJob,
  options: {
    policies: Partial<JobPolicies>;
    at: readonly Date[];
    slots: number;
    nodeId?: string;
    given?: Partial<OccurrenceRow>;
  },
): Promise<Fired & { ids: string[] }> {
  const { policies, at, slots, nodeId = "one", given = {} } = options;
  const move = moveTo(job, job.nextRun, policies);
  const { rule } = move.admission;
  const rows = at.map((scheduledFor, nth) => {
    const status = nth < slots ? "running" : "pending";
    return occurrence(job, {
      scheduledFor,
      rule,
      nth,
      turn: Math.min(nth, slots),
      status,
      ...given,
    });
  });
  const fired = await fire(database, { moves: [move], rows, nodeId });
  return { ...fired, ids: rows.map(({ id }) => id) };
}
