import type { Trigger } from "../model/execution.ts";
import type { JsonObject } from "../model/json.ts";
import { waits } from "./admit-sql.ts";
import { claimStatement, claimStep } from "./claimable.ts";
import { sqlState } from "./connection.ts";
import type { Database } from "./connection.ts";

/** An execution that this node owns, its exclusive key included, and of which no code has run yet. */
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
  /** The start, where it was committed with the claim; null: it is still to be. */
  started: StartedAttempt | null;
}

/** A claimed row as SQL returns it. */
interface ClaimedRow {
  id: string;
  job_id: string;
  job_name: string;
  version_id: string | null;
  revision_id: number | null;
  spec_hash: string;
  trigger: Trigger;
  scheduled_for: Date | null;
  parameters: JsonObject | null;
  triggered_by: string | null;
  fence: number;
  trace_id: string;
  started_at: Date | null;
  attempt: number;
  max_attempts: number;
  deadline_left_ms: number | null;
}

function toClaimed(row: ClaimedRow): Claimed {
  return {
    id: row.id,
    jobId: row.job_id,
    jobName: row.job_name,
    versionId: row.version_id,
    revisionId: row.revision_id,
    specHash: row.spec_hash,
    trigger: row.trigger,
    scheduledFor: row.scheduled_for,
    parameters: row.parameters,
    triggeredBy: row.triggered_by,
    fence: row.fence,
    traceId: row.trace_id,
    started: row.started_at && {
      startedAt: row.started_at,
      attempt: row.attempt,
      maxAttempts: row.max_attempts,
      deadlineLeftMs: row.deadline_left_ms,
    },
  };
}

/** How often a claim that loses races for keys is repeated before it goes one by one. */
const RACES = 5;

/**
 * Takes up to `claimStep(limit)` pending executions for the node, in the order of priority, due time
 * and id, with the keys they need; of what waits for a key only who is next. With `only`, no others are
 * taken. A node that was declared dead takes none: the lock on its row is held to the end, so that
 * whoever buries it finds what it claimed before.
 */
export async function claimPending(
  db: Database,
  options: { nodeId: string; limit: number; only: string[] | null },
): Promise<Claimed[]> {
  const { nodeId, only } = options;
  for (let lost = 0; lost < 2 * RACES; lost += 1) {
    const limit = lost < RACES ? claimStep(options.limit) : 1;
    const statement = claimStatement({ nodeId, limit, only: only !== null });
    try {
      const rows = await db.query<ClaimedRow>(statement, only === null ? [] : [only]);
      return rows.map(toClaimed);
    } catch (error) {
      // Somebody inserted a row that holds one of the keys; the next look sees that it is held.
      if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    }
  }
  return [];
}

const UNIQUE_VIOLATION = "23505";

/** What a node that has claimed all it could must come back for. */
export interface Remaining {
  /** Executions wait for keys that others hold. */
  waiting: boolean;
  /** Time until the next one may go on that waits for another attempt; null: none does. */
  nextMs: number | null;
}

/**
 * What is pending beyond what can be claimed now. With `only`, the time is that of these alone, as they
 * alone are claimed; who waits for a key may be anybody's.
 */
export async function readRemaining(db: Database, only: string[] | null): Promise<Remaining> {
  const [row] = await db.query<Remaining>(
    `select exists (select from executions e where ${waits("e")}) as waiting,
            (select extract(epoch from e.available_at - clock_timestamp())::double precision * 1000
               from executions e
              where e.status = 'pending' and e.attempt > 0
                ${only === null ? "" : "and e.id = any ($1::text[])"}
                and (e.deadline_at is null or e.deadline_at > clock_timestamp())
              order by e.available_at limit 1) as "nextMs"`,
    only === null ? [] : [only],
    { idempotent: true },
  );
  return row ?? { waiting: false, nextMs: null };
}

/** An attempt whose start is committed. */
export interface StartedAttempt {
  startedAt: Date;
  /** Counts from 1. */
  attempt: number;
  maxAttempts: number;
  /** Time until the deadline of the execution, which may have passed; null: it has none. */
  deadlineLeftMs: number | null;
}

/**
 * Commits the start of attempts; only what is returned may run. A row is missing from the result
 * when another owner has it or somebody asked to cancel it. Safe to repeat with the same fence. What
 * starts in time is not late any more.
 */
export async function markStarted(
  db: Database,
  items: { id: string; fence: number }[],
): Promise<Map<string, StartedAttempt>> {
  const rows = await db.query<StartedAttempt & { id: string }>(
    `update executions e
        set attempt = case when started_at is null then attempt + 1 else attempt end,
            started_at = coalesce(started_at, clock_timestamp()),
            late_at = case when late_at < clock_timestamp() then late_at end
       from unnest($1::text[], $2::bigint[]) as s(id, fence)
      where e.id = s.id and e.fence = s.fence and e.status = 'running'
        and e.cancel_requested_at is null
     returning e.id, e.started_at as "startedAt", e.attempt, e.max_attempts as "maxAttempts",
               extract(epoch from e.deadline_at - clock_timestamp())::double precision * 1000
                 as "deadlineLeftMs"`,
    [items.map((item) => item.id), items.map((item) => item.fence)],
    { idempotent: true },
  );
  return new Map(rows.map(({ id, ...started }) => [id, started]));
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
