import type { SchedulerEvent } from "../views/event.ts";
import type { Claimed, StartedAttempt } from "../store/claims.ts";
import type { Database } from "../store/connection.ts";
import type { Ending } from "../store/finish.ts";
import type { FinishedAttempt } from "../store/finished-attempt.ts";
import { errorMessage } from "../model/errors.ts";
import { markStarted } from "../store/claims.ts";
import { finishExecutions } from "../store/finish.ts";
import { startBatch } from "./batch.ts";
import { startLogWriter } from "./log-writer.ts";
import type { EndedAttempt, RunDeps } from "./run.ts";

/** How long a finished run may wait for a database that is away; then its lease decides. */
const FINISH_DEADLINE_MS = 24 * 3_600_000;

/** Starts or ends that go into one statement. */
const MAX_TOGETHER = 500;

/** What runs write, gathered from all runs into few statements. */
export function startRunWriters(options: {
  database: Database;
  emit: (event: SchedulerEvent) => void;
  /** An execution waits for its next attempt, for so long from now. */
  onRetry: (afterMs: number) => void;
  /** Something waits in the outbox. */
  onTold: () => void;
}): Pick<RunDeps, "logs" | "starts" | "finishes"> {
  const { database, emit } = options;
  return {
    logs: startLogWriter({
      database,
      onLost: (count, error) => {
        const message = `${count} log line(s) were not written: ${errorMessage(error)}`;
        emit({ type: "problem", message, help: null });
      },
    }),
    starts: startBatch<Claimed, StartedAttempt | null>({
      max: MAX_TOGETHER,
      async write(claims) {
        const started = await markStarted(database, claims);
        return claims.map((claimed) => started.get(claimed.id) ?? null);
      },
    }),
    finishes: startBatch<EndedAttempt, Ending | null>({
      max: MAX_TOGETHER,
      async write(items) {
        const endings = await finishExecutions(database, items.map(toFinished), {
          deadlineMs: FINISH_DEADLINE_MS,
          // One that the server cannot do now must not keep the others from being tried alone.
          persistent: items.length === 1,
        });
        if ([...endings.values()].some(({ told }) => told)) options.onTold();
        return items.map(({ claimed, retryAfterMs }) => {
          const ending = endings.get(claimed.id) ?? null;
          if (ending?.retryAt && retryAfterMs !== null) options.onRetry(retryAfterMs);
          return ending;
        });
      },
    }),
  };
}

function toFinished({ claimed, outcome, retryAfterMs, line }: EndedAttempt): FinishedAttempt {
  const { id, fence, jobId } = claimed;
  const retry = retryAfterMs === null ? {} : { retryAfterMs };
  return { id, fence, jobId, outcome, ...(line === null ? {} : { line }), ...retry };
}
