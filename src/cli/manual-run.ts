import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../model/json.ts";
import type { OverlapPolicy } from "../model/policy.ts";
import { whoAmI } from "../daemon/who.ts";
import { SchedulerError } from "../model/errors.ts";
import type { JobExecution } from "../store/executions.ts";
import { findExecution, isRetrying } from "../store/executions.ts";
import type { LogEntry } from "../store/logs.ts";
import { readLogs } from "../store/logs.ts";
import { takesJobs } from "../model/node-role.ts";
import { nodesByEvidence } from "../daemon/sweeper.ts";
import { requestCancel, triggerJob } from "../store/trigger.ts";
import { OwnEngine } from "./own-engine.ts";
import type { Session } from "./session.ts";

export interface ManualRunOptions {
  parameters: JsonObject | null;
  /** Instead of the jobs' own policies; null: those. */
  overlap: OverlapPolicy | null;
  sequential: boolean;
  /** The lines of the runs as they are written, in the order of each run. */
  onLog: (entry: LogEntry) => void;
  /** Aborted once: the runs are cancelled. */
  interrupt: AbortSignal;
  /** Aborted: nothing is waited for any more. */
  abandon: AbortSignal;
  onProblem: (message: string) => void;
}

/** What no node has taken after this time is run in this process. */
const CLAIM_WAIT_MS = 5_000;
/** How often it is looked whether any node is left. */
const FORSAKEN_LOOK_MS = 1_000;
const POLL_MIN_MS = 25;
const POLL_MAX_MS = 500;
const LINES_PER_LOOK = 1_000;

/**
 * Runs jobs by hand and resolves to their ended executions, in the order of `jobIds`: on the nodes
 * that are alive, else in this process. What becomes of one that finds its job running is for `overlap`.
 */
export async function runByHand(
  session: Session,
  jobIds: readonly string[],
  options: ManualRunOptions,
): Promise<JobExecution[]> {
  if (!options.sequential) return runTogether(session, jobIds, options);
  const ended: JobExecution[] = [];
  for (const jobId of jobIds) {
    if (options.interrupt.aborted) break;
    ended.push(...(await runTogether(session, [jobId], options)));
  }
  return ended;
}

async function runTogether(
  session: Session,
  jobIds: readonly string[],
  options: ManualRunOptions,
): Promise<JobExecution[]> {
  const watches = await triggerAll(session, jobIds, options);
  const waitMs = (await hasLiveNode(session)) ? CLAIM_WAIT_MS : 0;
  await using engine = new OwnEngine(session, {
    only: watches.map((watch) => watch.id),
    fromMs: performance.now() + waitMs,
    onProblem: options.onProblem,
  });
  const forsaken = forsakenLooks(session);
  let cancelled = false;
  for (let pollMs = POLL_MIN_MS; ; pollMs = Math.min(pollMs * 1.2, POLL_MAX_MS)) {
    for (const watch of watches) await look(session, watch, options.onLog);
    const open = watches.filter((watch) => !watch.ended);
    if (open.length === 0) {
      const left = await engine.tell(options.interrupt);
      // That leaves lines too.
      for (const watch of watches) await readLines(session, watch, options.onLog);
      for (const problem of left) options.onProblem(problem);
      return watches.flatMap(({ found }) => (found === null ? [] : [found]));
    }
    if (options.abandon.aborted) throw new SchedulerError("interrupted", "interrupted");
    if (options.interrupt.aborted && !cancelled) {
      cancelled = true;
      await cancelAll(session, open);
      engine.wake();
    }
    if (open.some(waitsForNode) || (await forsaken())) await engine.startIfDue();
    await delay(pollMs);
  }
}

/** One execution that is waited for. */
interface Watch {
  id: string;
  found: JobExecution | null;
  ended: boolean;
  lastLogId: number;
}

/** What waits for its next attempt is the nodes' own affair until a while after it is due. */
function waitsForNode({ found }: Watch): boolean {
  if (found?.status !== "pending") return false;
  return !isRetrying(found) || Date.now() > found.availableAt.getTime() + CLAIM_WAIT_MS;
}

/**
 * Looks now and then whether all nodes are gone: nobody else would then see that the one which runs
 * what is waited for has died.
 */
function forsakenLooks(session: Session): () => Promise<boolean> {
  let lookedMs = performance.now();
  return async () => {
    if (performance.now() - lookedMs < FORSAKEN_LOOK_MS) return false;
    lookedMs = performance.now();
    const nodes = await nodesByEvidence(session.database, session.store.embedded);
    return nodes.every(({ expired }) => expired);
  };
}

async function triggerAll(
  { database }: Session,
  jobIds: readonly string[],
  { parameters, overlap }: ManualRunOptions,
): Promise<Watch[]> {
  const triggeredBy = whoAmI();
  const triggered = await Promise.all(
    jobIds.map((jobId) =>
      triggerJob(database, { jobId, parameters, triggeredBy, trigger: "manual", overlap }),
    ),
  );
  return triggered.map(({ id }) => ({ id, found: null, ended: false, lastLogId: 0 }));
}

async function hasLiveNode({ database, store }: Session): Promise<boolean> {
  const nodes = await nodesByEvidence(database, store.embedded);
  return nodes.some((node) => takesJobs(node) && !node.expired);
}

/** The state is read before the lines: whoever sees the end then sees all lines. */
async function look(
  { database }: Session,
  watch: Watch,
  onLog: (entry: LogEntry) => void,
): Promise<void> {
  if (watch.ended) return;
  watch.found = await findExecution(database, watch.id);
  const lines = await readLines({ database }, watch, onLog);
  const { found } = watch;
  const final = found === null || (found.status !== "pending" && found.status !== "running");
  watch.ended = final && lines < LINES_PER_LOOK;
}

/** Hands on what was written since the last look; returns how many lines that were. */
async function readLines(
  { database }: Pick<Session, "database">,
  watch: Watch,
  onLog: (entry: LogEntry) => void,
): Promise<number> {
  const lines = await readLogs(database, {
    level: null,
    since: null,
    jobName: null,
    executionId: watch.id,
    contains: null,
    afterId: watch.lastLogId,
    limit: LINES_PER_LOOK,
  });
  for (const line of lines) onLog(line);
  watch.lastLogId = lines.at(-1)?.id ?? watch.lastLogId;
  return lines.length;
}

async function cancelAll({ database }: Session, watches: readonly Watch[]): Promise<void> {
  for (const { id } of watches) {
    await requestCancel(database, { id, by: whoAmI(), reason: "cancel_requested" });
  }
}
