import type { JsonObject } from "../model/json.ts";
import type { JobSpec } from "../model/job.ts";
import type { Database } from "./connection.ts";

/** What happened that somebody wants to be told of. */
export type NoticeKind = "failed" | "late" | "paused";

/** Something to tell, taken by this node for a while. */
export interface ClaimedNotice {
  /** The same at each try: whoever is told twice can know it. */
  id: string;
  kind: NoticeKind;
  jobName: string;
  executionId: string | null;
  traceId: string;
  /** What is told: the fields of the execution in snake case, instants in ISO 8601 and UTC. */
  payload: JsonObject;
  /** This try; counts from 1. It is also what guards the writes that follow. */
  tries: number;
  /** The job as it is now: a hook that was mended since is the one to use. */
  spec: JobSpec;
}

export interface NoticeClaim {
  nodeId: string;
  limit: number;
  /** How long nobody else takes it. */
  holdMs: number;
  /** The most that one notice is tried. */
  tries: number;
  /** What tells of these executions alone; absent or null: anything. */
  only?: readonly string[] | null;
}

/**
 * Takes what is to be told, the oldest first. What a node took and left untold, because it died or
 * was cut off, is taken again when its time is over.
 */
export async function claimNotices(db: Database, claim: NoticeClaim): Promise<ClaimedNotice[]> {
  const rows = await db.query<ClaimedNotice>(CLAIM, [
    claim.nodeId,
    claim.limit,
    claim.holdMs,
    claim.tries,
    claim.only ?? null,
  ]);
  return rows.map((row) => ({ ...row, payload: withUtcInstants(row.payload) }));
}

/** How telling went. */
export type NoticeOutcome =
  | { type: "told" }
  | { type: "again"; afterMs: number; error: string }
  | { type: "given_up"; error: string }
  /** It was not tried to the end, which counts as no try. */
  | { type: "released" };

/** Records how telling went; nothing where somebody else has taken it since. */
export async function settleNotice(
  db: Database,
  notice: Pick<ClaimedNotice, "id" | "tries">,
  outcome: NoticeOutcome,
): Promise<void> {
  const afterMs = outcome.type === "again" ? outcome.afterMs : 0;
  const error = outcome.type === "again" || outcome.type === "given_up" ? outcome.error : null;
  await db.query(
    `update outbox
        set sent_at = case when $3 = 'told' then clock_timestamp() end,
            failed_at = case when $3 = 'given_up' then clock_timestamp() end,
            available_at = case when $3 in ('again', 'released')
                                then clock_timestamp() + $4::float8 * interval '1 ms'
                                else available_at end,
            tries = case when $3 = 'released' then tries - 1 else tries end,
            node_id = case when $3 in ('told', 'given_up') then node_id end,
            error = coalesce($5, error)
      where id = $1 and tries = $2 and sent_at is null and failed_at is null`,
    [notice.id, notice.tries, outcome.type, afterMs, error],
    { idempotent: true },
  );
}

/** A notice whose last try nobody reported. */
export interface LostNotice {
  id: string;
  kind: NoticeKind;
  jobName: string;
}

/** Gives up what was tried as often as it may be, by nodes that did not live to say how it went. */
export async function giveUpNotices(db: Database, tries: number): Promise<LostNotice[]> {
  return db.query<LostNotice>(
    `update outbox
        set failed_at = clock_timestamp(),
            error = coalesce(error, 'the scheduler process that told it ended before it was done')
      where sent_at is null and failed_at is null and tries >= $1
        and available_at <= clock_timestamp()
     returning id, kind, job_name as "jobName"`,
    [tries],
    { idempotent: true },
  );
}

/** Milliseconds until something can be told, of `only` these executions or any, at most `withinMs`. */
export async function untilNextNotice(
  db: Database,
  { withinMs, only = null }: { withinMs: number; only?: readonly string[] | null },
): Promise<number> {
  const [row] = await db.query<{ ms: number | null }>(
    `select extract(epoch from min(available_at) - clock_timestamp())::double precision * 1000 as ms
       from outbox where sent_at is null and failed_at is null
        and ($1::text[] is null or execution_id = any ($1::text[]))`,
    [only],
    { idempotent: true },
  );
  return Math.min(row?.ms ?? withinMs, withinMs);
}

/** Something that is still to be told. */
export interface UntoldNotice {
  kind: NoticeKind;
  jobName: string;
  /** It is being told now, or is about to be; else its next try is another's, or a matter of time. */
  now: boolean;
}

/** What is still to be told of these executions, and is in the hands of no other node. */
export async function readUntold(
  db: Database,
  { executionIds, nodeId }: { executionIds: readonly string[]; nodeId: string },
): Promise<UntoldNotice[]> {
  return db.query<UntoldNotice>(
    `select kind, job_name as "jobName",
            node_id is not null or available_at <= clock_timestamp() as now
       from outbox
      where sent_at is null and failed_at is null and execution_id = any ($1::text[])
        and (node_id is null or node_id = $2)
      order by created_at, id`,
    [executionIds, nodeId],
    { idempotent: true },
  );
}

const CLAIM = `
with picked as materialized (
  select id from outbox
   where sent_at is null and failed_at is null and available_at <= clock_timestamp()
     and tries < $4 and ($5::text[] is null or execution_id = any ($5::text[]))
   order by available_at limit $2
     for update skip locked),
taken as (
  update outbox o
     set node_id = $1, tries = o.tries + 1,
         available_at = clock_timestamp() + $3::float8 * interval '1 ms'
    from picked p where o.id = p.id
  returning o.*)
select t.id, t.kind, j.job_name as "jobName", t.execution_id as "executionId",
       coalesce(e.trace_id, t.execution_id, t.id) as "traceId", t.payload, t.tries, j.spec
  from taken t
  join scheduled_jobs j on j.id = t.job_id
  left join executions e on e.id = t.execution_id
 order by t.created_at, t.id`;

const INSTANTS = ["scheduled_for", "due_at", "started_at", "finished_at"];

/** The server writes instants within JSON in its own zone. */
function withUtcInstants(payload: JsonObject): JsonObject {
  const entries = Object.entries(payload).map(([key, value]) => {
    const instant = INSTANTS.includes(key) && typeof value === "string";
    return [key, instant ? new Date(value).toISOString() : value] as const;
  });
  return Object.fromEntries(entries);
}
