import { mutexKey } from "./admission.ts";
import type { Database } from "./connection.ts";
import { JOB_NAME } from "./executions.ts";

/** An execution that has a key which another one waits for. */
export interface KeyHolder {
  executionId: string;
  jobId: string;
  jobName: string;
  status: "pending" | "running";
  scheduledFor: Date | null;
  /** Null where it waits with the key: for a slot, or to be tried again. */
  startedAt: Date | null;
}

/** The queue that an execution stands in. */
export interface KeyQueue {
  holders: KeyHolder[];
  /** How many wait for the key and are to start before it. */
  ahead: number;
}

/** Who has the key that an execution waits for; nobody where it needs none or has it. */
export async function readKeyQueue(db: Database, executionId: string): Promise<KeyQueue> {
  const holders = await db.query<KeyHolder>(
    `select ${HOLDER}
       from executions w
       join executions e on e.holds_key and e.exclusive_key = any (
              w.exclusive_key
              || array(select w.exclusive_key || '#' || k from generate_series(0, w.key_slots - 1) k))
      where w.id = $1 and not w.holds_key and e.id <> w.id
      order by e.started_at nulls last, e.id`,
    [executionId],
    { idempotent: true },
  );
  const [row] = await db.query<{ ahead: number }>(
    `select count(*) as ahead
       from executions w
       join executions e on e.exclusive_key = w.exclusive_key and e.status = 'pending'
        and not e.holds_key and e.id <> w.id
        and (-e.priority, e.available_at, e.id) < (-w.priority, w.available_at, w.id)
      where w.id = $1 and not w.holds_key`,
    [executionId],
    { idempotent: true },
  );
  return { holders, ahead: row?.ahead ?? 0 };
}

/** The executions that have a mutex. */
export async function readMutexHolders(db: Database, mutex: string): Promise<KeyHolder[]> {
  return db.query<KeyHolder>(
    `select ${HOLDER} from executions e where e.holds_key and e.exclusive_key = $1 order by e.id`,
    [mutexKey(mutex)],
    { idempotent: true },
  );
}

const HOLDER = `
  e.id as "executionId", e.job_id as "jobId", ${JOB_NAME} as "jobName", e.status,
  e.scheduled_for as "scheduledFor", e.started_at as "startedAt"`;

/** How many executions each node runs or is about to, by its id. */
export async function readUsedSlots(db: Database): Promise<Map<string, number>> {
  const rows = await db.query<{ id: string; used: number }>(
    `select node_id as id, count(*) as used from executions where status = 'running'
      group by node_id`,
    [],
    { idempotent: true },
  );
  return new Map(rows.map(({ id, used }) => [id, used]));
}

/** A stretch of time in which no scheduler lived. */
export interface Unattended {
  /** When the last one before it ended; null: there was none before. */
  from: Date | null;
  /** When the next one started; null: none did yet. */
  until: Date | null;
}

/**
 * The stretch around an instant in which no scheduler lived; null where one did. Of a node that died
 * its last sign of life counts, not when somebody noticed.
 */
export async function readUnattended(db: Database, at: Date): Promise<Unattended | null> {
  const [row] = await db.query<{ lived: boolean; from: Date | null; until: Date | null }>(
    `with lives as (
       select started_at,
              case state when 'stopped' then stopped_at when 'dead' then renewed_at
                         else greatest(lease_until, renewed_at) end as ended_at
         from nodes where role in ('all', 'clock'))
     select exists (select from lives where started_at <= $1 and ended_at >= $1) as lived,
            (select max(ended_at) from lives where ended_at < $1) as "from",
            (select min(started_at) from lives where started_at > $1) as until`,
    [at],
    { idempotent: true },
  );
  return row === undefined || row.lived ? null : { from: row.from, until: row.until };
}
