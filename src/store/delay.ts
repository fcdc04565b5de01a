import type { Database } from "./connection.ts";
import type { ExplainedRow } from "./explained-row.ts";
import { readRows } from "./explained-row.ts";

/** From when an execution could have started until it did. */
export interface Wait {
  from: Date;
  until: Date;
}

const HOLDERS_READ = 20;

/**
 * The runs whose end let go of the key of an execution while it waited, the last one first. Under a
 * mutex they are runs of the jobs that have it now.
 */
export async function readFormerHolders(
  db: Database,
  { id, jobId, exclusiveKey, keySlots }: ExplainedRow,
  { from, until }: Wait,
): Promise<ExplainedRow[]> {
  if (exclusiveKey === null) return [];
  const base = keySlots > 1 ? exclusiveKey.replace(/#\d+$/, "") : exclusiveKey;
  const slots = Array.from({ length: keySlots }, (_, slot) => `${base}#${slot}`);
  return readRows(db, {
    // Found by the history of each job: no index has the keys of executions that have ended.
    where: `e.job_id in (select $1 union select id from scheduled_jobs
                          where 'mutex:' || (spec ->> 'mutex') = $3)
        and e.id <> $2 and e.exclusive_key in (select jsonb_array_elements_text($4::text::jsonb))
        and e.attempt > 0 and e.finished_at > $5 and e.finished_at <= $6`,
    order: "e.finished_at desc, e.id desc",
    parameters: [jobId, id, base, JSON.stringify([base, ...slots]), from, until],
    limit: HOLDERS_READ,
  });
}

/** What the node that started an execution was about when it began to wait. */
export interface NodeLoad {
  concurrency: number;
  startedAt: Date;
  /** How many it ran then. */
  used: number;
}

/** Runs that go on for longer than this are not counted among those that were in the way. */
const LONGEST_RUN_MS = 86_400_000;

/** Null: the node is not kept any more. */
export async function readNodeLoad(
  db: Database,
  { nodeId, at }: { nodeId: string; at: Date },
): Promise<NodeLoad | null> {
  const [row] = await db.query<NodeLoad>(
    // Ids begin with the millisecond in which they were made, and have an index.
    `select n.concurrency, n.started_at as "startedAt",
            (select count(*) from executions e
              where e.id >= $3 and e.id < $4 and e.node_id = n.id
                and e.started_at <= $2 and (e.finished_at is null or e.finished_at > $2)) as used
       from nodes n where n.id = $1`,
    [nodeId, at, idAt(at.getTime() - LONGEST_RUN_MS), idAt(at.getTime() + 1_000)],
    { idempotent: true },
  );
  return row ?? null;
}

/** What every id begins with that is made at an instant; it sorts before all of them. */
function idAt(instantMs: number): string {
  const digits = instantMs.toString(16).padStart(12, "0");
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}
