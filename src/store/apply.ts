import type { JsonObject } from "../model/json.ts";
import type { Change, Plan } from "../plan/plan.ts";
import { SchedulerError } from "../model/errors.ts";
import { jobKey } from "../model/job.ts";
import { recordedChanges } from "../plan/compose.ts";
import { withFireTimes } from "../plan/fire-times.ts";
import { makePlan } from "../plan/plan.ts";
import { cancelWaiting } from "./cancelling.ts";
import type { ApplyRequest } from "./apply-request.ts";
import { writeRegistrations } from "./registrations.ts";
import type { PlannedChange } from "./registrations.ts";
import type { Database, Transaction } from "./connection.ts";
import { observeState } from "./observe.ts";
import { serverNow } from "./queryable.ts";
import type { ChangedPolicies } from "./rekey.ts";
import { rekeyWaiting } from "./rekey.ts";
import { latestRevision } from "./revisions.ts";
import { checkSavedPlan } from "./saved-plan.ts";
import { wakeNodes } from "./trigger.ts";

export interface Applied {
  plan: Plan;
  /** The revision now in force; null when the plan was refused before the first apply. */
  revision: number | null;
}

/**
 * What `request` would change now, without changing it; with `horizonMs` also what becomes of the due
 * times until then. All of it goes by the server's clock.
 */
export async function planAgainst(
  db: Database,
  request: ApplyRequest,
  { horizonMs }: { horizonMs?: number } = {},
): Promise<Plan> {
  const { plan, nowMs } = await db.transaction((tx) => planInside(tx, request));
  const { timezone } = request.desired.settings;
  return horizonMs === undefined ? plan : withFireTimes(plan, { nowMs, horizonMs, timezone });
}

/**
 * Makes the database hold what the file wants, in one transaction or not at all. The plan is made
 * inside it, from what is observed under the lock that every apply takes, so that two appliers see
 * each other. A refused plan changes nothing and is returned with its `refusal`.
 *
 * @throws SchedulerError `plan_stale` when the saved plan of the request is not what would be done.
 */
export async function applyDesired(db: Database, request: ApplyRequest): Promise<Applied> {
  const applied = await db.transaction(
    async (tx) => {
      await tx.query(
        "select pg_advisory_xact_lock(hashtextextended('cronverge apply ' || current_schema(), 0))",
      );
      const { plan } = await planInside(tx, request);
      if (request.agreed !== undefined) await checkSavedPlan(tx, { request, plan });
      if (plan.refusal !== null) return { plan, revision: plan.baseRevision };
      const revision = await recordRevision(tx, { request, plan });
      const changes = changesOf(plan, request);
      const ids = await writeRegistrations(tx, { changes, revision, request });
      if (revision !== plan.baseRevision) await recordChanges(tx, { revision, plan, ids });
      await settleOverrides(tx);
      await settleExecutions(tx, plan, request.cancelRunning);
      await rekeyWaiting(tx, plan.changes.flatMap(changedPolicies));
      return { plan, revision };
    },
    { idempotent: true, deadlineMs: 60_000 },
  );
  await wakeNodes(db);
  return applied;
}

async function planInside(
  tx: Transaction,
  request: ApplyRequest,
): Promise<{ plan: Plan; nowMs: number }> {
  const hashes = new Map(
    request.desired.jobs.map((job) => [jobKey(job.spec.name), job.specHash] as const),
  );
  const observed = await observeState(tx, hashes);
  const nowMs = (await serverNow(tx)).getTime();
  const codes = new Map([...request.codes].map(([plugin, code]) => [plugin, code.sha256]));
  const { allowPrune } = request;
  return { plan: makePlan(request.desired, observed, { nowMs, codes, allowPrune }), nowMs };
}

function changesOf(plan: Plan, request: ApplyRequest): PlannedChange[] {
  const wanted = new Map(request.desired.jobs.map((job) => [jobKey(job.spec.name), job]));
  return plan.changes
    .filter((change) => change.action !== "none")
    .map((change) => ({ change, wanted: wanted.get(jobKey(change.name)) ?? null }));
}

/** The same config applied again, with nothing to change, stays the same revision. */
async function recordRevision(
  tx: Transaction,
  { request, plan }: { request: ApplyRequest; plan: Plan },
): Promise<number> {
  const latest = await latestRevision(tx);
  const changed = plan.changes.some((change) => change.action !== "none");
  const git = request.git;
  if (latest !== null && latest.configHash === request.configHash && !changed) {
    if (latest.gitDirty !== false && git?.dirty === false) await nameCommit(tx, latest.id, git);
    return latest.id;
  }
  const [row] = await tx.query<{ id: number }>(
    `insert into config_revisions (config_hash, source, config_file, settings, summary, git_commit,
       git_author, git_subject, git_dirty, applied_by, node_id)
     values ($1, $2, $3, $4::text::jsonb, $5::text::jsonb, $6, $7, $8, $9, $10, $11) returning id`,
    [
      request.configHash,
      request.source,
      request.configFile,
      JSON.stringify(request.desired.settings),
      JSON.stringify(plan.summary satisfies JsonObject),
      git?.commit ?? null,
      git?.author ?? null,
      git?.subject ?? null,
      git?.dirty ?? null,
      request.appliedBy,
      request.nodeId,
    ],
  );
  if (row === undefined) throw new SchedulerError("database_failed", "no revision was recorded");
  return row.id;
}

/** What was applied before it was committed is in that commit now, word for word. */
async function nameCommit(
  tx: Transaction,
  revision: number,
  { commit, author, subject }: NonNullable<ApplyRequest["git"]>,
): Promise<void> {
  await tx.query(
    `update config_revisions
        set git_commit = $2, git_author = $3, git_subject = $4, git_dirty = false where id = $1`,
    [revision, commit, author, subject],
  );
}

/** Keeps what a new revision changed, with the ids that new jobs got: by them it is found later. */
async function recordChanges(
  tx: Transaction,
  { revision, plan, ids }: { revision: number; plan: Plan; ids: ReadonlyMap<string, string> },
): Promise<void> {
  const changes = recordedChanges(plan).map((change) => ({
    ...change,
    jobId: change.jobId ?? ids.get(jobKey(change.name)) ?? null,
  }));
  await tx.query("update config_revisions set changes = $2::text::jsonb where id = $1", [
    revision,
    JSON.stringify(changes),
  ]);
}

/** An override that the file has caught up with says nothing any more. */
async function settleOverrides(tx: Transaction): Promise<void> {
  await tx.query(
    `update scheduled_jobs
        set override_enabled = null, override_by = null, override_reason = null, override_at = null
      where override_enabled is not null and override_enabled = (spec ->> 'enabled')::boolean`,
  );
}

/** Cancels what waits of the jobs that go or rest; what runs finishes, unless asked otherwise. */
async function settleExecutions(tx: Transaction, plan: Plan, running: boolean): Promise<void> {
  const idsOf = (action: Change["action"]): string[] =>
    plan.changes.flatMap((change) =>
      change.action === action && change.jobId !== null ? [change.jobId] : [],
    );
  const removed = idsOf("delete");
  const off = plan.changes.flatMap((change) =>
    change.jobId !== null && change.after?.enabled === false ? [change.jobId] : [],
  );
  if (removed.length + off.length === 0) return;
  const disabled = await withoutOverride(tx, off);
  await tx.query(
    `update executions
        set ${cancelWaiting("case when job_id = any ($1::text[]) then 'removed' else 'disabled' end")}
      where status = 'pending'
        and (job_id = any ($1::text[])
             or job_id = any ($2::text[]) and trigger in ('schedule', 'catchup'))`,
    [removed, disabled],
  );
  if (!running) return;
  await tx.query(
    `update executions
        set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp()),
            cancel_reason = case when job_id = any ($1::text[]) then 'removed' else 'disabled' end
      where status = 'running' and (job_id = any ($1::text[]) or job_id = any ($2::text[]))`,
    [removed, disabled],
  );
}

/** Of jobs that the file disables, those that nobody enabled against it. */
async function withoutOverride(tx: Transaction, jobIds: readonly string[]): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    "select id from scheduled_jobs where id = any ($1::text[]) and not enabled",
    [jobIds],
  );
  return rows.map(({ id }) => id);
}

function changedPolicies({ jobId, before, after }: Change): ChangedPolicies[] {
  return jobId === null || before === null || after === null ? [] : [{ jobId, before, after }];
}
