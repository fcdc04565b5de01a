import type { Diagnostic } from "../model/diagnostic.ts";
import type { ReasonCode } from "../model/execution.ts";
import type { Database } from "./connection.ts";
import type { Queryable } from "./queryable.ts";

/** One scheduler process. Its id stands for one life: a restart, or a lost lease, makes a new one. */
export interface NodeIdentity {
  id: string;
  host: string;
  pid: number;
  /** What tells this process from a later one with its pid; null where the system has no such thing. */
  processStart: string | null;
  version: string;
  concurrency: number;
  configFile: string | null;
  role: "all" | "once";
}

export async function registerNode(
  db: Database,
  node: NodeIdentity,
  leaseMs: number,
): Promise<void> {
  await db.query(
    `insert into nodes (id, host, pid, process_start, version, concurrency, config_file, role,
                        lease_until)
     values ($1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + $9::float8 * interval '1 ms')
     on conflict (id) do nothing`,
    [
      node.id,
      node.host,
      node.pid,
      node.processStart,
      node.version,
      node.concurrency,
      node.configFile,
      node.role,
      leaseMs,
    ],
    { idempotent: true },
  );
}

/** What a heartbeat brings back. */
export interface Renewal {
  /** The rows that the database thinks this node owns. */
  owned: { id: string; fence: number; started: boolean; cancelReason: string | null }[];
}

/** Prolongs the lease. Null: the node was declared dead and must end its runs and take a new id. */
export async function renewNode(
  db: Database,
  options: { nodeId: string; leaseMs: number; deadlineMs: number },
): Promise<Renewal | null> {
  const rows = await db.query<{
    id: string | null;
    fence: number;
    started: boolean;
    cancel: string | null;
  }>(
    `with renewed as (
       update nodes set renewed_at = clock_timestamp(),
              lease_until = clock_timestamp() + $2::float8 * interval '1 ms'
        where id = $1 and state in ('live', 'draining') returning id)
     select e.id, e.fence, e.started_at is not null as started,
            case when e.cancel_requested_at is not null
                 then coalesce(e.cancel_reason, 'cancel_requested') end as cancel
       from renewed r left join executions e on e.node_id = r.id and e.status = 'running'`,
    [options.nodeId, options.leaseMs],
    { idempotent: true, deadlineMs: options.deadlineMs },
  );
  if (rows.length === 0) return null;
  return {
    owned: rows.flatMap((row) =>
      row.id === null
        ? []
        : [{ id: row.id, fence: row.fence, started: row.started, cancelReason: row.cancel }],
    ),
  };
}

export async function setNodeState(
  db: Database,
  nodeId: string,
  state: "draining" | "stopped",
): Promise<void> {
  await db.query(
    `update nodes set state = $2,
            stopped_at = case when $2 = 'stopped' then clock_timestamp() end
      where id = $1 and state in ('live', 'draining')`,
    [nodeId, state],
    { idempotent: true },
  );
}

/** Records what the node made of its file: the revision in force, and the failure of a reload. */
export async function reportConfig(
  db: Database,
  nodeId: string,
  report: { revision: number | null; diagnostics: Diagnostic[] | null },
): Promise<void> {
  const failed = report.diagnostics === null ? null : JSON.stringify(report.diagnostics);
  await db.query(
    `update nodes set revision_id = coalesce($2, revision_id), reload_error = $3::text::jsonb,
            reload_failed_at = case when $3::text is not null then clock_timestamp() end
      where id = $1`,
    [nodeId, report.revision, failed],
    { idempotent: true },
  );
}

export interface OpenNode {
  id: string;
  host: string;
  pid: number;
  processStart: string | null;
  role: "all" | "once";
  version: string;
  concurrency: number;
  revision: number | null;
  configFile: string | null;
  startedAt: Date;
  expired: boolean;
  reloadError: Diagnostic[] | null;
  reloadFailedAt: Date | null;
}

/** The nodes that have neither stopped nor been declared dead. */
export async function openNodes(db: Queryable): Promise<OpenNode[]> {
  return db.query<OpenNode>(
    `select id, host, pid, process_start as "processStart", role, version, concurrency,
            revision_id as revision, config_file as "configFile", started_at as "startedAt",
            lease_until < clock_timestamp() as expired, reload_error as "reloadError",
            reload_failed_at as "reloadFailedAt"
       from nodes where state in ('live', 'draining') order by started_at`,
  );
}

/**
 * Declares a node dead and releases its rows in one transaction: what had not started goes back to
 * pending, what had is abandoned. With `onlyExpired`, a node that renewed in the meantime is left
 * alone. Returns the abandoned executions.
 */
export async function buryNode(
  db: Database,
  nodeId: string,
  options: { reason: ReasonCode; onlyExpired: boolean },
): Promise<{ id: string; jobName: string }[]> {
  return db.transaction(
    async (tx) => {
      const dead = await tx.query(
        `update nodes set state = 'dead', stopped_at = clock_timestamp()
          where id = $1 and state in ('live', 'draining')
            and (not $2 or lease_until < clock_timestamp()) returning id`,
        [nodeId, options.onlyExpired],
      );
      if (dead.length === 0) return [];
      await tx.query(
        `update executions set status = 'pending', node_id = null, fence = null
          where node_id = $1 and status = 'running' and started_at is null`,
        [nodeId],
      );
      return tx.query<{ id: string; jobName: string }>(ABANDON, [nodeId, options.reason]);
    },
    { idempotent: true },
  );
}

const ABANDON = `
with ended as (
  update executions
     set status = 'abandoned', reason = $2, holds_key = false, finished_at = clock_timestamp(),
         duration_ms = extract(epoch from clock_timestamp() - started_at) * 1000
   where node_id = $1 and status = 'running'
  returning id, job_id, job_name, started_at),
latest as (
  select job_id, max(started_at) as started_at, count(*) as runs from ended group by job_id),
locked as (
  select j.id from scheduled_jobs j join latest l on l.job_id = j.id order by j.id for update of j),
counted as (
  update scheduled_jobs j
     set last_run = greatest(j.last_run, l.started_at), run_count = j.run_count + l.runs,
         last_status = 'failed', last_error = 'abandoned: ' || $2, updated_at = clock_timestamp()
    from latest l join locked k on k.id = l.job_id where j.id = l.job_id)
select id, job_name as "jobName" from ended order by id`;
