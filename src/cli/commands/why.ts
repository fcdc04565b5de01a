import { MISSED_AFTER_MS } from "../../schedule/due.ts";
import type { LedgerJob } from "../../store/ledger-job.ts";
import { findLedgerJob } from "../../store/ledger-job.ts";
import type { ExplainedRow } from "../../store/explained-row.ts";
import { readJobEvents } from "../../store/job-events.ts";
import { readLast, readOpen } from "../../store/occurrence.ts";
import { readMutexHolders } from "../../store/waiting.ts";
import type { OpenItem, WhyData, WhyState } from "../../views/why-data.ts";
import { renderWhy } from "../../views/why.ts";
import type { CommandContext } from "../context.ts";
import { decisionItem, executionItem, iso, revisionItem, scheduleItem } from "../explain-items.ts";
import { unknownJob } from "../find-job.ts";
import { zoneOf } from "../job-items.ts";
import type { CommandResult } from "../result.ts";
import type { Session } from "../session.ts";
import { openSession } from "../session.ts";
import { fileState, unregisteredWhy } from "../why-file.ts";
import type { Capacity } from "../waiting-item.ts";
import { holderItem, readCapacity, readWaiting } from "../waiting-item.ts";

const OPEN_SHOWN = 5;

/** `why NAME`: what keeps a job from running now. */
export async function why(context: CommandContext, name: string): Promise<CommandResult> {
  await using session = await openSession(context);
  const job = await findLedgerJob(session.database, name);
  const data = await describe(session, { job, name });
  if (data === null) throw await unknownJob(session, name);
  return {
    data,
    artifactType: "presentation_card",
    title: `Why: ${data.job_name}`,
    text: ({ color }) => renderWhy(data, { color }),
  };
}

/** Null: neither the database nor the file knows the job. */
async function describe(
  session: Session,
  { job, name }: { job: LedgerJob | null; name: string },
): Promise<WhyData | null> {
  const capacity = await readCapacity(session, job?.now ?? new Date());
  const schedulers = {
    live: capacity.workers,
    slots: capacity.slots,
    used: capacity.used,
    silent_since: iso(capacity.silentSince),
  };
  if (job === null) return unregisteredWhy(session, { name, schedulers });
  const { database, settings } = session;
  const { rows, total } = await readOpen(database, { jobId: job.id, limit: OPEN_SHOWN });
  const events = await readJobEvents(database, job.id);
  const last = await readLast(database, { jobId: job.id, of: "started" });
  const decision = events.at(-1);
  return {
    job_name: job.jobName,
    timezone: zoneOf(job.spec, settings.timezone),
    now: job.now.toISOString(),
    state: stateOf(job, { rows, capacity }),
    schedule: scheduleItem(job.spec.schedule),
    next_run: iso(job.nextRun),
    next_start: iso(job.nextEffective),
    open: await openItems(session, rows, { now: job.now, capacity }),
    open_total: total,
    decision: decision === undefined ? null : decisionItem(decision),
    crashed: job.crashed,
    failures_in_a_row: job.consecutiveFailures,
    pause_after_failures: job.spec.pauseAfterFailures,
    mutex: await mutexOf(session, job),
    last_run: last === null ? null : executionItem(last),
    last_not_run: await lastNotRun(session, { job, last }),
    schedulers,
    file: await fileState(session, job),
    revision: revisionItem(job.revision),
  };
}

/** The first that holds: what goes on before what was decided, and that before what is missing. */
function stateOf(
  job: LedgerJob,
  { rows, capacity }: { rows: readonly ExplainedRow[]; capacity: Capacity },
): WhyState {
  if (rows.some(({ status }) => status === "running")) return "running";
  if (rows.length > 0) return "waiting";
  // Code that ran by hand has a row, which no file ever declared.
  if (job.removedAt !== null) return job.revision === null ? "available" : "removed";
  if (job.pausedAt !== null) return "paused";
  if (!job.enabled) return "disabled";
  if (job.runtimeStatus === "crashed") return "crashed";
  if (job.spec.schedule === null) return "no_schedule";
  if (job.nextRun === null) return "ended";
  if (capacity.clocks === 0) return "no_scheduler";
  if (capacity.workers === 0) return "no_worker";
  const startsAt = job.nextEffective ?? job.nextRun;
  return job.now.getTime() - startsAt.getTime() > MISSED_AFTER_MS ? "overdue" : "due";
}

/** What the first of those that wait waits for; the others wait for it. */
async function openItems(
  session: Session,
  rows: readonly ExplainedRow[],
  facts: { now: Date; capacity: Capacity },
): Promise<OpenItem[]> {
  const first = rows.find(({ status }) => status === "pending");
  const waiting = first === undefined ? null : await readWaiting(session, first, facts);
  return rows.map((row) => ({
    execution: executionItem(row),
    waiting: row === first ? waiting : null,
  }));
}

async function mutexOf({ database }: Session, job: LedgerJob): Promise<WhyData["mutex"]> {
  const { mutex } = job.spec;
  if (mutex === null) return null;
  const holders = await readMutexHolders(database, mutex);
  const others = holders.filter(({ jobId }) => jobId !== job.id);
  return others.length === 0 ? null : { name: mutex, holders: others.map(holderItem) };
}

/** The newest record of the clock, where it was not run and nothing ran since. */
async function lastNotRun(
  { database }: Session,
  { job, last }: { job: LedgerJob; last: ExplainedRow | null },
): Promise<WhyData["last_not_run"]> {
  const row = await readLast(database, { jobId: job.id, of: "clock" });
  if (row === null || row.attempt > 0) return null;
  return last !== null && last.id > row.id ? null : executionItem(row);
}
