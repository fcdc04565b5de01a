import type { Trigger } from "../model/execution.ts";
import type { JobSpec } from "../model/job.ts";
import type { JsonObject } from "../model/json.ts";
import type { Database } from "./connection.ts";

/** An execution that this node owns, its exclusive key included, and has not started yet. */
export interface Claimed {
  id: string;
  jobId: string;
  jobName: string;
  versionId: string | null;
  revisionId: number | null;
  specHash: string;
  trigger: Trigger;
  scheduledFor: Date | null;
  /** Parameters given by hand, over those of the spec. */
  parameters: JsonObject | null;
  triggeredBy: string | null;
  /** Every later write names it; a claim by anybody else makes it stale. */
  fence: number;
  traceId: string;
}

/** A claimed row as SQL or JSON returns it; instants are then `Date` or text. */
export interface ClaimedRow {
  id: string;
  job_id: string;
  job_name: string;
  version_id: string | null;
  revision_id: number | null;
  spec_hash: string;
  trigger: Trigger;
  scheduled_for: Date | string | null;
  parameters: JsonObject | null;
  triggered_by: string | null;
  fence: number;
  trace_id: string;
}

/** A claimed row as the other rooms know it. */
export function toClaimed(row: ClaimedRow): Claimed {
  return {
    id: row.id,
    jobId: row.job_id,
    jobName: row.job_name,
    versionId: row.version_id,
    revisionId: row.revision_id,
    specHash: row.spec_hash,
    trigger: row.trigger,
    scheduledFor: row.scheduled_for === null ? null : new Date(row.scheduled_for),
    parameters: row.parameters,
    triggeredBy: row.triggered_by,
    fence: row.fence,
    traceId: row.trace_id,
  };
}

/**
 * Takes up to `limit` pending executions for the node, highest priority first. They already hold
 * their exclusive keys. With `only`, no others are taken. A node that was declared dead takes none:
 * the lock on its row is held to the end, so that whoever buries it finds what it claimed before.
 */
export async function claimPending(
  db: Database,
  options: { nodeId: string; limit: number; only: string[] | null },
): Promise<Claimed[]> {
  const rows = await db.query<ClaimedRow>(
    `with owner as materialized (
       select from nodes where id = $1 and state in ('live', 'draining') for share),
     picked as (
       select id from executions
        where exists (select from owner)
          and status = 'pending' and available_at <= clock_timestamp()
          and ($3::text[] is null or id = any ($3::text[]))
        order by priority desc, available_at, id
        limit $2 for update skip locked),
     claimed as (
       update executions e
          set status = 'running', node_id = $1, fence = nextval('fence_seq'),
              version_id = j.version_id, revision_id = j.revision_id
         from picked p, scheduled_jobs j
        where e.id = p.id and j.id = e.job_id
       returning e.*, j.spec_hash, j.job_name as present_name)
     select id, job_id, present_name as job_name, version_id, revision_id, spec_hash, trigger, scheduled_for,
            parameters, triggered_by, fence, trace_id
       from claimed order by priority desc, available_at, id`,
    [options.nodeId, options.limit, options.only],
  );
  return rows.map(toClaimed);
}

/**
 * Commits the start of attempts; only what is returned may run. A row is missing from the result
 * when another owner has it or somebody asked to cancel it. Safe to repeat with the same fence.
 */
export async function markStarted(
  db: Database,
  items: { id: string; fence: number }[],
): Promise<Map<string, { startedAt: Date; attempt: number }>> {
  const rows = await db.query<{ id: string; started_at: Date; attempt: number }>(
    `update executions e
        set attempt = case when started_at is null then attempt + 1 else attempt end,
            started_at = coalesce(started_at, clock_timestamp())
       from unnest($1::text[], $2::bigint[]) as s(id, fence)
      where e.id = s.id and e.fence = s.fence and e.status = 'running'
        and e.cancel_requested_at is null
     returning e.id, e.started_at, e.attempt`,
    [items.map((item) => item.id), items.map((item) => item.fence)],
    { idempotent: true },
  );
  return new Map(rows.map((row) => [row.id, { startedAt: row.started_at, attempt: row.attempt }]));
}

/** Gives unstarted claims back, for any node to take; they have used no attempt. */
export async function releaseClaims(
  db: Database,
  items: { id: string; fence: number }[],
): Promise<void> {
  await db.query(
    `update executions e set status = 'pending', node_id = null, fence = null
       from unnest($1::text[], $2::bigint[]) as s(id, fence)
      where e.id = s.id and e.fence = s.fence and e.status = 'running' and e.started_at is null`,
    [items.map((item) => item.id), items.map((item) => item.fence)],
    { idempotent: true },
  );
}

/** The specs with these hashes; a job that was removed still has its last one. */
export async function readSpecsByHash(
  db: Database,
  hashes: string[],
): Promise<Map<string, JobSpec>> {
  const rows = await db.query<{ spec_hash: string; spec: JobSpec }>(
    `select distinct on (spec_hash) spec_hash, spec from scheduled_jobs
      where spec_hash = any ($1::text[])`,
    [hashes],
    { idempotent: true },
  );
  return new Map(rows.map((row) => [row.spec_hash, row.spec]));
}

/** The code of a version, or null when retention removed it. */
export async function readCode(
  db: Database,
  versionId: string,
): Promise<{ sha256: string; code: string; map: string } | null> {
  const [row] = await db.query<{ sha256: string; code: string; map: string }>(
    `select c.sha256, c.code, c.map
       from job_versions v join job_code c on c.sha256 = v.sha256 where v.id = $1`,
    [versionId],
    { idempotent: true },
  );
  return row ?? null;
}
