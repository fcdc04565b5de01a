import type { ReasonCode, Trigger } from "../model/execution.ts";
import type { Admission, AdmissionRule } from "./admission.ts";
import { ADMIT } from "./admit-sql.ts";
import type { Database, SqlParameter } from "./connection.ts";

/** A registered job that is due, as read without a lock. */
export interface DueJob {
  jobId: string;
  jobName: string;
  /** The nominal time of the next occurrence. */
  nextRun: Date;
  /** When that one is due. */
  nextEffective: Date;
  generation: number;
  anchor: Date;
  /** Names the spec that the job had at the reading. */
  specHash: string;
  versionId: string | null;
  revisionId: number | null;
}

export interface DueReading {
  /** The server's clock at the reading; what is due is judged by it alone. */
  now: Date;
  due: DueJob[];
  /** When the next job that is not yet due will be; null when none is registered. */
  earliest: Date | null;
}

/** Reads at most `limit` due jobs, the longest due first, and the next time to look. */
export async function readDue(db: Database, options: { limit: number }): Promise<DueReading> {
  const rows = await db.query<{ now: Date; earliest: Date | null } & (DueJob | { jobId: null })>(
    `with clock as materialized (select clock_timestamp()::timestamptz(3) as now),
     first as materialized (
       select * from job_clock
        where next_effective <= (select now from clock)
        order by next_effective limit $1),
     due as (${withJobs("first")})
     select clock.now, due.*,
            (select min(next_effective) from job_clock
              where next_effective > (select now from clock)) as earliest
       from clock left join due on true
      order by due."nextEffective"`,
    [options.limit],
    { idempotent: true },
  );
  const [first] = rows;
  if (first === undefined) throw new Error("the clock query always returns a row");
  const due = rows.filter((row) => row.jobId !== null);
  return { now: first.now, earliest: first.earliest, due };
}

// They are looked up one by one: a join may read them all.
function withJobs(clocks: string): string {
  return `
    select c.job_id as "jobId", j.job_name as "jobName", c.next_run as "nextRun",
           c.next_effective as "nextEffective", c.generation, c.anchor, j.spec_hash as "specHash",
           j.version_id as "versionId", j.revision_id as "revisionId"
      from ${clocks} c cross join lateral (
        select * from scheduled_jobs where id = c.job_id limit 1) j`;
}

/** A place in the order in which jobs become due. */
export type ClockPlace = Pick<DueJob, "nextEffective" | "jobId">;

/** Reads at most `limit` jobs that are not due yet, but within so many ms, those after a place first. */
export async function readComing(
  db: Database,
  options: { withinMs: number; after: ClockPlace; limit: number },
): Promise<DueJob[]> {
  const { withinMs, after, limit } = options;
  return db.query<DueJob>(
    `with coming as materialized (
       select * from job_clock
        where next_effective > clock_timestamp()
          and next_effective <= clock_timestamp() + $1::float8 * interval '1 ms'
          and (next_effective, job_id) > ($2::timestamptz, $3)
        order by next_effective, job_id limit $4)
     select * from (${withJobs("coming")}) c order by "nextEffective", "jobId"`,
    [withinMs, after.nextEffective, after.jobId, limit],
    { idempotent: true },
  );
}

/**
 * The compare-and-move of one job: from the `next_run` and `generation` that were read. The rest of
 * what was read is right as long as the generation is.
 */
export interface ClockMove {
  job: DueJob;
  /** Null: the schedule has no further occurrence. */
  newNextRun: Date | null;
  /** When that one is due; null with it. */
  newNextEffective: Date | null;
  /** By which the rows of the job are admitted. */
  admission: Admission;
}

/** One occurrence, or a range of skipped ones, to be recorded. Its trace id is its own id. */
export interface OccurrenceRow {
  id: string;
  jobId: string;
  trigger: Extract<Trigger, "schedule" | "catchup">;
  scheduledFor: Date;
  /** The effective due time. */
  dueAt: Date;
  coversUntil: Date | null;
  coversCount: number;
  /** `running` takes a slot of this node at once; `pending` waits for a slot of any node. */
  status: "running" | "pending" | "skipped";
  /** Why it is skipped. */
  reason: Extract<ReasonCode, "missed" | "replaced"> | null;
  /** Of its job's admission; `allow` for one that is caught up whatever waits. */
  rule: AdmissionRule;
  /** Rows before it of its job in the same call that are not skipped. */
  nth: number;
  /** Rows before it in the same call that want a slot with its key. */
  turn: number;
  /** Its claim is its start: its code runs in this process. */
  starts: boolean;
}

/** A row that this node owns from its insertion on. */
export interface FiredRow {
  id: string;
  fence: number;
  /** Null: its start is still to be committed. */
  startedAt: Date | null;
}

export interface Fired {
  /** The jobs whose clock this call moved; another node or an apply was faster for the others. */
  moved: Set<string>;
  claimed: FiredRow[];
  /** Some of the rows wait for a slot or for a key. */
  waiting: boolean;
  /** Those of them that were to run and that another statement was faster than. */
  beaten: string[];
}

/**
 * Moves the clocks and records the occurrences in one statement, each as its job's policies say. A
 * job whose row is locked, or whose `next_run` or `generation` changed since it was read, is left
 * alone with all its rows. A node that was declared dead claims nothing: what it wanted to run waits
 * for another. `rows` are in the order of their keys, lest two nodes wait for each other, and those
 * of a job in theirs.
 */
export async function fire(
  db: Database,
  options: { moves: ClockMove[]; rows: OccurrenceRow[]; nodeId: string },
): Promise<Fired> {
  const moves = options.moves.toSorted((a, b) => (a.job.jobId < b.job.jobId ? -1 : 1));
  const parameters = [options.nodeId, ...moveColumns(moves), ...rowColumns(options.rows)];
  const found = await db.query<FireResult>(FIRE, parameters);
  const idsOf = (kind: FireResult["kind"]): string[] =>
    found.flatMap((row) => (row.kind === kind ? [row.id] : []));
  const lost = new Set(idsOf("lost"));
  return {
    moved: new Set(moves.map(({ job }) => job.jobId).filter((id) => !lost.has(id))),
    claimed: found.flatMap(({ kind, ...row }) => (kind === "running" ? [row] : [])),
    waiting: found.some(({ kind }) => kind === "pending" || kind === "beaten"),
    beaten: idsOf("beaten"),
  };
}

interface FireResult extends FiredRow {
  /** `lost` is told of jobs, the others of rows; of all that wait from the start one is told. */
  kind: "running" | "pending" | "beaten" | "lost";
}

// Arrays, because the server takes four times as long to read the same as JSON.
function moveColumns(moves: readonly ClockMove[]): SqlParameter[] {
  return [
    moves.map(({ job }) => job.jobId),
    moves.map(({ job }) => job.jobName),
    moves.map(({ job }) => job.versionId),
    moves.map(({ job }) => job.revisionId),
    moves.map(({ job }) => job.nextRun),
    moves.map(({ job }) => job.generation),
    moves.map((move) => move.newNextRun),
    moves.map((move) => move.newNextEffective),
    moves.map(({ admission }) => admission.exclusiveKey),
    moves.map(({ admission }) => admission.keySlots),
    moves.map(({ admission }) => admission.queueLimit),
    moves.map(({ admission }) => admission.priority),
    moves.map(({ admission }) => admission.maxAttempts),
    moves.map(({ admission }) => admission.deadlineMs),
    moves.map(({ admission }) => admission.lateAfterMs),
  ];
}

function rowColumns(rows: readonly OccurrenceRow[]): SqlParameter[] {
  return [
    rows.map((row) => row.id),
    rows.map((row) => row.jobId),
    rows.map((row) => row.trigger),
    rows.map((row) => row.scheduledFor),
    rows.map((row) => row.dueAt),
    rows.map((row) => row.coversUntil),
    rows.map((row) => row.coversCount),
    rows.map((row) => row.status),
    rows.map((row) => row.reason),
    rows.map((row) => row.rule),
    rows.map((row) => row.nth),
    rows.map((row) => row.turn),
    rows.map((row) => row.starts),
  ];
}

// The order that must hold: the clock rows are locked and compared before anything is inserted, so
// that of two nodes only one inserts. What was computed ahead is not due before the server says so;
// a plain comparison would make the planner look for the job among all that are due.
const FIRE = `
with wanted as (
  select * from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[],
      $7::bigint[], $8::timestamptz[], $9::timestamptz[], $10::text[], $11::integer[],
      $12::integer[], $13::integer[], $14::integer[], $15::float8[], $16::float8[])
    as w(job_id, job_name, version_id, revision_id, next_run, generation, new_next_run,
         new_next_effective, exclusive_key, key_slots, queue_limit, priority, max_attempts,
         deadline_ms, late_after_ms)),
owner as materialized (
  select from nodes where id = $1 and state in ('live', 'draining') for share),
locked as materialized (
  select w.*
    from wanted w cross join lateral (
      select from job_clock c
       where c.job_id = w.job_id and c.next_run = w.next_run and c.generation = w.generation
         and coalesce(c.next_effective <= clock_timestamp(), false)
       limit 1 for update skip locked) c),
moved as (
  update job_clock c set next_run = l.new_next_run, next_effective = l.new_next_effective
    from locked l
   where c.job_id = l.job_id
  returning l.*),
candidate as (
  select r.id, m.job_id, m.job_name, m.version_id, m.revision_id, r.trigger, r.scheduled_for,
         r.due_at, r.covers_until, r.covers_count, r.due_at as available_at,
         case when r.status = 'running' and not exists (select from owner)
              then 'pending' else r.status end as status,
         r.reason, r.rule, r.nth, r.turn, r.starts, r.ordinal, m.exclusive_key, m.key_slots,
         m.queue_limit, m.priority, m.max_attempts, m.deadline_ms, m.late_after_ms,
         null::jsonb as parameters, null as triggered_by, null as backfill_id, $1::text as node_id
    from unnest($17::text[], $18::text[], $19::text[], $20::timestamptz[], $21::timestamptz[],
        $22::timestamptz[], $23::integer[], $24::text[], $25::text[], $26::text[], $27::integer[],
        $28::integer[], $29::boolean[])
      with ordinality
      as r(id, job_id, trigger, scheduled_for, due_at, covers_until, covers_count, status, reason,
           rule, nth, turn, starts, ordinal)
    join moved m on m.job_id = r.job_id),
${ADMIT}
select status as kind, id, fence, started_at as "startedAt" from inserted where status = 'running'
union all
select 'beaten', id, null, null from beaten
union all
(select 'pending', id, null, null from inserted where status = 'pending' limit 1)
union all
select 'lost', job_id, null, null from wanted where job_id not in (select job_id from moved)`;
