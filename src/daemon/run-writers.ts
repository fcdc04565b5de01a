import type { AttemptOutcome } from "../model/execution.ts";
import type { SchedulerEvent } from "../views/event.ts";
import type { Claimed } from "../store/claims.ts";
import type { Database } from "../store/connection.ts";
import { errorMessage } from "../model/errors.ts";
import { markStarted } from "../store/claims.ts";
import { finishExecutions } from "../store/finish.ts";
import { startBatch } from "./batch.ts";
import { startLogWriter } from "./log-writer.ts";
import type { RunDeps } from "./run.ts";

/** How long a finished run may wait for a database that is away; then its lease decides. */
const FINISH_DEADLINE_MS = 24 * 3_600_000;

/** Starts or ends that go into one statement. */
const MAX_TOGETHER = 500;

/** What runs write, gathered from all runs into few statements. */
export function startRunWriters(options: {
  database: Database;
  emit: (event: SchedulerEvent) => void;
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
    starts: startBatch<Claimed, { startedAt: Date; attempt: number } | null>({
      max: MAX_TOGETHER,
      async write(claims) {
        const started = await markStarted(database, claims);
        return claims.map((claimed) => started.get(claimed.id) ?? null);
      },
    }),
    finishes: startBatch<{ claimed: Claimed; outcome: AttemptOutcome }, boolean>({
      max: MAX_TOGETHER,
      async write(items) {
        const ended = await finishExecutions(
          database,
          items.map(({ claimed, outcome }) => ({ id: claimed.id, fence: claimed.fence, outcome })),
          { deadlineMs: FINISH_DEADLINE_MS },
        );
        return items.map(({ claimed }) => ended.has(claimed.id));
      },
    }),
  };
}
