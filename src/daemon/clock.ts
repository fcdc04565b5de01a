import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import type { SchedulerEvent } from "../views/event.ts";
import type { Claimed } from "../store/claims.ts";
import type { DueReading, FiredRow, OccurrenceRow } from "../store/clock.ts";
import type { Database } from "../store/connection.ts";
import { errorMessage } from "../model/errors.ts";
import { replaceOlder } from "../store/admit.ts";
import { fire, readDue } from "../store/clock.ts";
import { wakeNodes } from "../store/trigger.ts";
import { Ahead, AHEAD_MS } from "./ahead.ts";
import { computeJob, MAX_COMPUTING_MS } from "./occurrences.ts";
import type { JobPass } from "./occurrences.ts";
import { problem } from "./problem.ts";
import { countReady, inKeyOrder, takeSlots, thoseThatFit } from "./slots.ts";
import type { SlotReservation, Worker } from "./worker.ts";

/** The longest sleep: a bound on what a lost wake can cost. */
const MAX_SLEEP_MS = 5_000;
/**
 * Due jobs handled in one pass, which one statement records: as many as there are slots for, and no
 * more than let the runs of one pass end while the next one is recorded.
 */
const MAX_JOBS = 500;
const MIN_JOBS = 200;
/** What is so near is waited for, rather than asked of the server whether it is due. */
const NEAR_MS = 5;
/** Time that there must be to read ahead before something is due. */
const READ_MS = 50;
/** A due job whose row somebody holds is tried again after this, doubling up to a second. */
const LOCKED_RETRY_MS = 10;
const LOCKED_RETRY_MAX_MS = 1_000;
/** So long what was prepared is recorded pass by pass, before the clock is read again. */
const TOGETHER_MS = 1_000;
/** How long a pass waits for a slot, where less than a few are free, and how old it may let things get. */
const SLOT_WAIT_MS = 250;
const FEW_SLOTS = 64;
const PATIENCE_MS = 3_000;
/** Rows of one pass: what a job that was long away has to catch up is recorded in parts. */
const MAX_ROWS = 5_000;

export interface ClockOptions {
  database: Database;
  worker: Pick<Worker, "reserve" | "free" | "untilFree" | "accept" | "wake" | "specs">;
  nodeId: () => string;
  emit: (event: SchedulerEvent) => void;
}

/**
 * The clock of this node, the same on every node. One step reads what is due by the server's time,
 * computes outside any lock, and records it; it returns the ms until the next look. While nothing is
 * due it prepares what will be.
 */
export function clockStep(options: ClockOptions): () => Promise<number> {
  const { database, worker } = options;
  const onUnknown = problem(options.emit, "cannot compute the next run");
  const ahead = new Ahead({ database, specs: worker.specs });
  let retryMs = LOCKED_RETRY_MS;
  return async () => {
    const nearMs = ahead.untilDueMs();
    if (nearMs > 0 && nearMs < NEAR_MS) return Math.ceil(nearMs);
    if (await fireAhead(options, ahead)) return 0;
    const reading = await readDue(database, { limit: jobsOfPass(worker.free) });
    const readAtMs = performance.now();
    ahead.setClock(reading.now, readAtMs);
    if (reading.due.length > 0) {
      await worker.specs.load(reading.due);
      const computed = computePass(reading, { options, onUnknown });
      const fired =
        computed.length > 0 ? await firePass(options, { computed, now: reading.now }) : null;
      await fired?.begin();
      if (fired !== null && fired.moved > 0) {
        retryMs = LOCKED_RETRY_MS;
        return 0;
      }
      const waitMs = retryMs;
      retryMs = Math.min(retryMs * 2, LOCKED_RETRY_MAX_MS);
      return waitMs;
    }
    if (reading.earliest === null) return MAX_SLEEP_MS;
    const dueMs = reading.earliest.getTime() - reading.now.getTime();
    if (dueMs > READ_MS && dueMs < AHEAD_MS && (await ahead.read())) return 0;
    const untilDueMs = dueMs - (performance.now() - readAtMs);
    return Math.min(untilDueMs > AHEAD_MS ? untilDueMs - AHEAD_MS : untilDueMs, MAX_SLEEP_MS);
  };
}

function jobsOfPass(freeSlots: number): number {
  return Math.min(Math.max(freeSlots, MIN_JOBS), MAX_JOBS);
}

/**
 * Computes until the time of a pass is over: the rest is still due at the next one. A schedule that
 * cannot be computed here, say for a zone that this Node does not know, is told of and left to other
 * nodes; it must not stop the jobs beside it. A job that was changed since it was read comes again.
 */
function computePass(
  { due, now }: DueReading,
  { options, onUnknown }: { options: ClockOptions; onUnknown: (error: unknown) => void },
): JobPass[] {
  const pass: JobPass[] = [];
  const untilMs = performance.now() + MAX_COMPUTING_MS;
  let rows = 0;
  for (const job of due) {
    if (pass.length > 0 && (performance.now() > untilMs || rows > MAX_ROWS)) break;
    const spec = options.worker.specs.peek(job.specHash);
    if (spec === null) continue;
    try {
      const computed = computeJob({ job, spec, now });
      if (computed === null) continue;
      pass.push(computed);
      rows += computed.rows.length;
    } catch (error) {
      onUnknown(new Error(`${job.jobName}: ${errorMessage(error)}`, { cause: error }));
    }
  }
  return pass;
}

/**
 * Records what was prepared and is due now, for a while; false: there was nothing. The statement of
 * one pass is on its way while the runs of the pass before begin.
 */
async function fireAhead(options: ClockOptions, ahead: Ahead): Promise<boolean> {
  const untilMs = performance.now() + TOGETHER_MS;
  let last: FiredPass | null = null;
  let any = false;
  do {
    const { passes, now } = ahead.take(jobsOfPass(options.worker.free));
    if (passes.length === 0) break;
    any = true;
    const firing: Promise<FiredPass> = firePass(options, { computed: passes, now });
    const begun = beginSoon(last);
    last = null;
    // Whatever comes of the one before, what this one claimed is begun.
    await Promise.allSettled([begun, firing]);
    last = await firing;
    ahead.putBack(last.left);
    await begun.catch(async (error: unknown) => {
      await last?.begin();
      throw error;
    });
  } while (performance.now() < untilMs);
  await last?.begin();
  return any;
}

async function beginSoon(pass: FiredPass | null): Promise<void> {
  if (pass === null) return;
  await setImmediate();
  await pass.begin();
}

interface FiredPass {
  /** Clocks that moved; the others are held or were moved by others, or changed meanwhile. */
  moved: number;
  /** Those that there was no room for. */
  left: JobPass[];
  /** Begins the runs that were claimed, which have their slots until then; to be called once. */
  begin: () => Promise<void>;
}

async function firePass(
  options: ClockOptions,
  { computed, now }: { computed: JobPass[]; now: Date },
): Promise<FiredPass> {
  const { database, worker, nodeId } = options;
  const mayWait = computed.every(({ rows }) => isFresh(rows, now));
  using held = new DisposableStack();
  const slots = held.use(await reserveSlots(worker, { wanted: countReady(computed), mayWait }));
  const fitting = mayWait ? thoseThatFit(computed, slots.count) : [];
  const pass = fitting.length > 0 ? fitting : computed;
  takeSlots(pass, slots.count);
  const rows = inKeyOrder(pass);
  const moves = pass.map(({ move }) => move);
  const askedAtMs = performance.now();
  const fired = await fire(database, { moves, rows, nodeId: nodeId() });
  const reserved = held.move();
  const handled = new Set(pass);
  return {
    moved: fired.moved.size,
    left: computed.filter((job) => !handled.has(job)),
    async begin() {
      worker.accept(toClaims(fired.claimed, { pass, rows }), askedAtMs);
      reserved.dispose();
      reportSkipped(
        options,
        pass.filter(({ move }) => fired.moved.has(move.job.jobId)),
      );
      if (fired.waiting) await wakeForWaiting(options, { rows, beaten: fired.beaten });
    },
  };
}

/** Their own statement could not see what was faster than they: it is to make way for them. */
async function wakeForWaiting(
  { database, worker }: ClockOptions,
  { rows, beaten }: { rows: readonly OccurrenceRow[]; beaten: readonly string[] },
): Promise<void> {
  const slower = new Set(beaten);
  const newest = rows.filter((row) => row.rule === "replace" && slower.has(row.id));
  try {
    await replaceOlder(
      database,
      newest.map((row) => row.id),
    );
  } finally {
    worker.wake();
    await wakeNodes(database);
  }
}

/**
 * Where slots are short but are given free all the time, it is better to wait for some than to record
 * what then has to be claimed: what waits unrecorded is still any node's to take.
 */
async function reserveSlots(
  worker: ClockOptions["worker"],
  { wanted, mayWait }: { wanted: number; mayWait: boolean },
): Promise<SlotReservation> {
  const slots = worker.reserve(wanted);
  if (!mayWait || slots.count >= Math.min(wanted, FEW_SLOTS)) return slots;
  slots[Symbol.dispose]();
  await worker.untilFree(SLOT_WAIT_MS);
  return worker.reserve(wanted);
}

function isFresh(rows: readonly OccurrenceRow[], now: Date): boolean {
  return rows.every(({ dueAt }) => now.getTime() - dueAt.getTime() < PATIENCE_MS);
}

/** What is known of the rows here need not come back from the database. */
function toClaims(
  claimed: readonly FiredRow[],
  { pass, rows }: { pass: readonly JobPass[]; rows: readonly OccurrenceRow[] },
): Claimed[] {
  const moves = new Map(pass.map(({ move }) => [move.job.jobId, move]));
  const asked = new Map(rows.map((row) => [row.id, row]));
  return claimed.map(({ startedAt, ...own }) => {
    const row = asked.get(own.id);
    const move = row === undefined ? undefined : moves.get(row.jobId);
    if (row === undefined || move === undefined) throw new Error("nobody asked for that row");
    const { jobId, jobName, specHash, versionId, revisionId } = move.job;
    const { maxAttempts, deadlineMs } = move.admission;
    const { trigger, scheduledFor } = row;
    return {
      ...own,
      jobId,
      jobName,
      specHash,
      versionId,
      revisionId,
      trigger,
      scheduledFor,
      parameters: null,
      triggeredBy: null,
      traceId: own.id,
      started: startedAt && { startedAt, attempt: 1, maxAttempts, deadlineLeftMs: deadlineMs },
    };
  });
}

function reportSkipped(options: ClockOptions, recorded: readonly JobPass[]): void {
  const missed = recorded.flatMap(({ move: { job }, rows }) =>
    rows.flatMap((row) => (row.reason === "missed" ? [{ job, row }] : [])),
  );
  if (missed.length === 0) return;
  options.emit({
    type: "occurrences_skipped",
    jobNames: [...new Set(missed.map(({ job }) => job.jobName))],
    count: missed.reduce((sum, { row }) => sum + row.coversCount, 0),
  });
}
