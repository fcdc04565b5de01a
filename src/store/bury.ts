import type { ReasonCode } from "../model/execution.ts";
import { attemptOutcome } from "../model/execution.ts";
import type { RetryPolicy } from "../model/policy.ts";
import { retryPauseMs } from "../schedule/backoff.ts";
import { GIVEN_BACK } from "./release.ts";
import type { Database } from "./connection.ts";
import { JOB_NAME } from "./executions.ts";
import type { Ending } from "./finish.ts";
import type { FinishedAttempt } from "./finished-attempt.ts";
import { finishExecutions, finishInside } from "./finish.ts";
import type { Queryable } from "./queryable.ts";

/** An attempt that ended because nobody minds it any more. */
export interface Abandoned extends Ending {
  id: string;
  jobName: string;
  traceId: string;
  attempt: number;
  maxAttempts: number;
}

/** Why attempts are abandoned, and what the log says of those that were the last, written with the end. */
export interface Burial {
  reason: ReasonCode;
  lineOf?: (attempt: { attempt: number; maxAttempts: number }) => FinishedAttempt["line"];
}

/**
 * Declares a node dead and releases its rows in one transaction: what had not started goes back to
 * pending, what had is abandoned, and tried again where an attempt is left. With `onlyExpired`, a
 * node that renewed in the meantime is left alone. Returns what was abandoned.
 */
export async function buryNode(
  db: Database,
  nodeId: string,
  options: Burial & { onlyExpired: boolean },
): Promise<Abandoned[]> {
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
        `update executions e set ${GIVEN_BACK} from scheduled_jobs j
          where e.node_id = $1 and e.status = 'running' and e.started_at is null
            and j.id = e.job_id`,
        [nodeId],
      );
      const rows = await tx.query<LostRow>(
        `${LOST} where e.node_id = $1 and e.status = 'running' order by e.id`,
        [nodeId],
      );
      return toAbandoned(rows, await finishInside(tx, toFinished(rows, options)));
    },
    { idempotent: true },
  );
}

/** The same for single attempts of a node that lives, and has lost them. */
export async function abandonExecutions(
  db: Database,
  items: { id: string; fence: number }[],
  options: Burial & { deadlineMs: number },
): Promise<Abandoned[]> {
  const { deadlineMs } = options;
  if (items.length === 0) return [];
  const found = await readLost(db, items);
  const ended = await finishExecutions(db, toFinished(found, options), { deadlineMs });
  return toAbandoned(found, ended);
}

interface LostRow {
  id: string;
  jobName: string;
  traceId: string;
  fence: number;
  attempt: number;
  maxAttempts: number;
  retry: RetryPolicy;
}

const LOST = `
select e.id, ${JOB_NAME} as "jobName", e.trace_id as "traceId", e.fence, e.attempt,
       e.max_attempts as "maxAttempts", j.spec -> 'retry' as retry
  from executions e join scheduled_jobs j on j.id = e.job_id`;

function readLost(db: Queryable, items: { id: string; fence: number }[]): Promise<LostRow[]> {
  return db.query<LostRow>(
    `${LOST} join unnest($1::text[], $2::bigint[]) as s(id, fence) on s.id = e.id and s.fence = e.fence
      order by e.id`,
    [items.map((item) => item.id), items.map((item) => item.fence)],
  );
}

function toFinished(rows: readonly LostRow[], { reason, lineOf }: Burial): FinishedAttempt[] {
  const outcome = attemptOutcome({ status: "abandoned", reason });
  return rows.map(({ id, fence, attempt, maxAttempts, retry }) => {
    const retryAfterMs = retryPauseMs(retry, { attempt, random: Math.random() });
    const line = lineOf?.({ attempt, maxAttempts });
    return { id, fence, outcome, retryAfterMs, ...(line === undefined ? {} : { line }) };
  });
}

/** Only what stands recorded so: the others have another owner, or ended otherwise. */
function toAbandoned(rows: readonly LostRow[], endings: Map<string, Ending>): Abandoned[] {
  return rows.flatMap(({ id, jobName, traceId, attempt, maxAttempts }) => {
    const ending = endings.get(id);
    return ending === undefined ? [] : [{ id, jobName, traceId, attempt, maxAttempts, ...ending }];
  });
}
