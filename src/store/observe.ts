import type { JobSpec, SchedulerSettings } from "../model/job.ts";
import type { RuntimeStatus } from "../model/service.ts";
import type { ObservedJob, ObservedState } from "../plan/observed.ts";
import { jobKey } from "../model/job.ts";
import type { Queryable } from "./queryable.ts";

interface ObservedRow {
  id: string;
  name: string;
  origin: "config" | "dynamic";
  enabled: boolean;
  spec_hash: string;
  sha256: string | null;
  override_enabled: boolean | null;
  override_by: string | null;
  override_reason: string | null;
  override_at: Date | null;
  runtime_status: RuntimeStatus;
  crashed: string | null;
  paused_at: Date | null;
  anchor: Date;
  next_run: Date | null;
}

/**
 * What the database holds of every registered job. The spec, the large part, is read only for jobs
 * whose hash differs from `desiredHashes` (job key → spec hash) or that it does not name.
 */
export async function observeState(
  db: Queryable,
  desiredHashes: ReadonlyMap<string, string>,
): Promise<ObservedState> {
  const rows = await db.query<ObservedRow>(
    `select j.id, j.job_name as name, j.origin, j.enabled, j.spec_hash, v.sha256,
            j.override_enabled, j.override_by, j.override_reason, j.override_at,
            j.runtime_status, j.crashed, j.paused_at, c.anchor, c.next_run
       from scheduled_jobs j
       join job_clock c on c.job_id = j.id
       left join job_versions v on v.id = j.version_id
      where j.removed_at is null
      order by j.job_name`,
  );
  const changed = rows.filter((row) => desiredHashes.get(jobKey(row.name)) !== row.spec_hash);
  const specs = await readSpecs(
    db,
    changed.map((row) => row.id),
  );
  const open = await countOpen(db);
  const [latest] = await db.query<{ revision: number; settings: SchedulerSettings }>(
    "select id as revision, settings from config_revisions order by id desc limit 1",
  );
  return {
    revision: latest?.revision ?? null,
    settings: latest?.settings ?? null,
    jobs: rows.map((row) => toObserved(row, specs.get(row.id) ?? null, open.get(row.id))),
  };
}

async function readSpecs(db: Queryable, ids: string[]): Promise<Map<string, JobSpec>> {
  if (ids.length === 0) return new Map();
  const rows = await db.query<{ id: string; spec: JobSpec }>(
    "select id, spec from scheduled_jobs where id = any($1::text[])",
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.spec]));
}

interface OpenCount {
  running: number;
  pending: number;
}

/** Two selects, so that each uses its small partial index and no history is read. */
async function countOpen(db: Queryable): Promise<Map<string, OpenCount>> {
  const rows = await db.query<OpenCount & { job_id: string }>(
    `select job_id, sum(running)::int as running, sum(pending)::int as pending from (
       select job_id, 1 as running, 0 as pending from executions where status = 'running'
       union all
       select job_id, 0, 1 from executions where status = 'pending') open
      group by job_id`,
  );
  return new Map(rows.map((row) => [row.job_id, row]));
}

function toObserved(
  row: ObservedRow,
  spec: JobSpec | null,
  open: OpenCount | undefined,
): ObservedJob {
  return {
    id: row.id,
    name: row.name,
    origin: row.origin,
    enabled: row.enabled,
    specHash: row.spec_hash,
    spec,
    codeSha256: row.sha256,
    override:
      row.override_enabled === null || row.override_at === null
        ? null
        : {
            enabled: row.override_enabled,
            by: row.override_by ?? "unknown",
            reason: row.override_reason,
            at: row.override_at.toISOString(),
          },
    runtimeStatus: row.runtime_status,
    crashed: row.crashed,
    pausedAt: row.paused_at?.toISOString() ?? null,
    anchorMs: row.anchor.getTime(),
    running: open?.running ?? 0,
    pending: open?.pending ?? 0,
    nextRun: row.next_run?.toISOString() ?? null,
  };
}
