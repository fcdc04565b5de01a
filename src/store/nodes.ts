import type { Diagnostic } from "../model/diagnostic.ts";
import type { ReasonCode } from "../model/execution.ts";
import type { NodeRole, NodeState } from "../model/node-role.ts";
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
  role: NodeRole;
}

/**
 * Makes a node known, with a lease. What the process's former life, if it had one, made of its
 * config file goes on to hold.
 */
export async function registerNode(
  db: Database,
  node: NodeIdentity,
  { leaseMs, formerId = null }: { leaseMs: number; formerId?: string | null },
): Promise<void> {
  await db.query(
    `insert into nodes (id, host, pid, process_start, version, concurrency, config_file, role,
                        lease_until, revision_id, reload_error, reload_failed_at)
     select $1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp() + $9::float8 * interval '1 ms',
            former.revision_id, former.reload_error, former.reload_failed_at
       from (select) as one left join nodes former on former.id = $10
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
      formerId,
    ],
    { idempotent: true },
  );
}

/** What a heartbeat brings back. */
export interface Renewal {
  /** The lease had run out, by the server's clock, before this renewal. */
  lapsed: boolean;
  /** The newest migration of the schema, which a newer node may have made meanwhile. */
  schemaVersion: number;
  /** The rows that the database thinks this node owns. */
  owned: { id: string; fence: number; started: boolean; cancelReason: ReasonCode | null }[];
}

/** Prolongs the lease. Null: the node was declared dead and must end its runs and take a new id. */
export async function renewNode(
  db: Database,
  options: { nodeId: string; leaseMs: number; deadlineMs: number },
): Promise<Renewal | null> {
  const rows = await db.query<{
    lapsed: boolean;
    schemaVersion: number;
    id: string | null;
    fence: number;
    started: boolean;
    cancel: ReasonCode | null;
  }>(
    `with before as materialized (
       select lease_until < clock_timestamp() as lapsed,
              (select max(version) from schema_migrations) as "schemaVersion"
         from nodes where id = $1),
     renewed as (
       update nodes set renewed_at = clock_timestamp(),
              lease_until = clock_timestamp() + $2::float8 * interval '1 ms'
        where id = $1 and state in ('live', 'draining') returning id)
     select before.lapsed, before."schemaVersion", e.id, e.fence, e.started_at is not null as started,
            case when e.cancel_requested_at is not null then ${CANCEL_REASON} end as cancel
       from before cross join renewed r left join executions e on e.node_id = r.id and e.status = 'running'`,
    [options.nodeId, options.leaseMs],
    { idempotent: true, deadlineMs: options.deadlineMs },
  );
  const [first] = rows;
  if (first === undefined) return null;
  return {
    lapsed: first.lapsed,
    schemaVersion: first.schemaVersion,
    owned: rows.flatMap((row) =>
      row.id === null
        ? []
        : [{ id: row.id, fence: row.fence, started: row.started, cancelReason: row.cancel }],
    ),
  };
}

/** Why somebody asked for its end. */
const CANCEL_REASON = "coalesce(e.cancel_reason, 'cancel_requested')";

/** The runs of the node that somebody asked to end. */
export function readCancels(
  db: Database,
  nodeId: string,
): Promise<{ id: string; reason: ReasonCode }[]> {
  return db.query<{ id: string; reason: ReasonCode }>(
    `select e.id, ${CANCEL_REASON} as reason from executions e
      where e.node_id = $1 and e.status = 'running' and e.cancel_requested_at is not null`,
    [nodeId],
    { idempotent: true },
  );
}

/** Shows that the node takes nothing new. */
export async function drainNode(db: Database, nodeId: string): Promise<void> {
  await db.query("update nodes set state = 'draining' where id = $1 and state = 'live'", [nodeId], {
    idempotent: true,
  });
}

/**
 * The node leaves. If it still owns executions, whose end it could not record, it only ends its
 * lease: nobody looks for the rows of a node that has stopped, and those of a dead one are released.
 */
export async function stopNode(db: Database, nodeId: string): Promise<void> {
  await db.query(
    `update nodes
        set state = case when owning then state else 'stopped' end,
            stopped_at = case when not owning then clock_timestamp() end,
            lease_until = case when owning then clock_timestamp() else lease_until end
       from (select exists (
               select from executions where node_id = $1 and status = 'running') as owning) rows
      where id = $1 and state in ('live', 'draining')`,
    [nodeId],
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

/** A node as others see it. */
export interface OpenNode {
  id: string;
  state: NodeState;
  host: string;
  pid: number;
  processStart: string | null;
  role: NodeRole;
  version: string;
  concurrency: number;
  revision: number | null;
  configFile: string | null;
  startedAt: Date;
  /** What is left of its lease by the server's clock, in ms; below 0 it has run out. */
  leaseLeftMs: number;
  /** It has run out. */
  expired: boolean;
  reloadError: Diagnostic[] | null;
  reloadFailedAt: Date | null;
}

/** A node of any time. */
export interface ListedNode extends OpenNode {
  /** Executions that it runs. */
  running: number;
  renewedAt: Date;
  leaseUntil: Date;
  /** Or was declared dead; null: neither. */
  stoppedAt: Date | null;
}

/** The newest nodes first; those that are gone only with `gone`. `total` counts before the limit. */
export async function listNodes(
  db: Queryable,
  { gone, limit }: { gone: boolean; limit: number },
): Promise<{ nodes: ListedNode[]; total: number }> {
  const nodes = await db.query<ListedNode>(
    `select ${OPEN_NODE}, renewed_at as "renewedAt", lease_until as "leaseUntil",
            stopped_at as "stoppedAt",
            (select count(*) from executions e
              where e.node_id = nodes.id and e.status = 'running') as running
       from nodes where $1 or state in ('live', 'draining') order by id desc limit $2`,
    [gone, limit],
  );
  const [count] = await db.query<{ total: number }>(
    "select count(*) as total from nodes where $1 or state in ('live', 'draining')",
    [gone],
  );
  return { nodes, total: count?.total ?? nodes.length };
}

/** The columns of `OpenNode`. */
const OPEN_NODE = `
  id, state, host, pid, process_start as "processStart", role, version, concurrency,
  revision_id as revision, config_file as "configFile", started_at as "startedAt",
  extract(epoch from lease_until - clock_timestamp())::float8 * 1000 as "leaseLeftMs",
  lease_until < clock_timestamp() as expired, reload_error as "reloadError",
  reload_failed_at as "reloadFailedAt"`;

/** The nodes that have neither stopped nor been declared dead. */
export async function openNodes(db: Queryable): Promise<OpenNode[]> {
  return db.query<OpenNode>(openNodesOf(null));
}

/** The statement that reads them; `schema` is a name as SQL writes it, null that of the connection. */
export function openNodesOf(schema: string | null): string {
  const table = schema === null ? "nodes" : `${schema}.nodes`;
  return `select ${OPEN_NODE} from ${table} where state in ('live', 'draining') order by started_at`;
}

/** The ids of the nodes of a host that were declared dead, the latest hundred. */
export async function deadNodesOf(db: Queryable, host: string): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    "select id from nodes where host = $1 and state = 'dead' order by stopped_at desc limit 100",
    [host],
  );
  return rows.map(({ id }) => id);
}
