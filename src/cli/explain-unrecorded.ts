import type { JobSchedule } from "../model/job.ts";
import { effectiveMs, spreadOffsetMs } from "../schedule/spread.ts";
import { isRecordedBetween, readKept } from "../store/occurrence.ts";
import { readUnattended } from "../store/waiting.ts";
import type { ExplainData, ExplainOutcome, WaitingItem } from "../views/explain-data.ts";
import { decisionItem, iso, policiesItem, scheduleItem, unattendedItem } from "./explain-items.ts";
import type { AskedJob } from "./explain-record.ts";
import type { JobSpan } from "./job-spans.ts";
import { nearestDue, spanAt } from "./job-spans.ts";
import { readCapacity, waitingForNode } from "./waiting-item.ts";

type Answer = Pick<ExplainData, "outcome"> & Partial<ExplainData>;

/** Why an instant is no due time of the job. */
export function explainNotDue({ session, spans, job }: AskedJob, instantMs: number): Answer {
  const span = spanAt(spans, instantMs);
  const [first] = spans;
  if (span === null) {
    if (first === undefined) {
      return { outcome: job.removedAt === null ? "no_schedule" : "not_registered" };
    }
    // What was decided between the two is pruned, where it was so long ago.
    const { executionAgeMs, executionsPerJob } = session.settings.retention;
    const old = job.now.getTime() - instantMs >= executionAgeMs;
    if (old && instantMs >= job.createdAt.getTime()) {
      const oldest = iso(first.event.at);
      const kept = { age_ms: executionAgeMs, per_job: executionsPerJob, oldest };
      return { outcome: "pruned", retention: kept };
    }
    return { outcome: "not_registered", decision: decisionItem(first.event) };
  }
  const { event, endedBy } = span;
  const decided = {
    decision: decisionItem(event),
    ended_by: endedBy === null ? null : decisionItem(endedBy),
  };
  if (event.schedule === null) return { outcome: restOf(span), ...decided };
  const { beforeMs, afterMs } = nearestDue(span, instantMs);
  return {
    outcome: "not_due",
    ...decided,
    schedule: scheduleItem(event.schedule),
    nearest: { before: iso(beforeMs), after: iso(afterMs) },
  };
}

function restOf({ event }: JobSpan): ExplainOutcome {
  const { kind } = event;
  return kind === "disabled" || kind === "paused" || kind === "removed" ? kind : "no_schedule";
}

/** Why an instant that is or was a due time has no record. */
export async function explainDue(known: AskedJob, atMs: number): Promise<Answer> {
  const { job, spans } = known;
  const span = spanAt(spans, atMs);
  const schedule = span?.event.schedule ?? null;
  if (span === null || schedule === null) return explainNotDue(known, atMs);
  const dueMs = startOf(known, { schedule, anchor: span.event.anchor, atMs });
  const base = {
    schedule: scheduleItem(schedule),
    due_at: iso(dueMs),
    decision: decisionItem(span.event),
    ended_by: span.endedBy === null ? null : decisionItem(span.endedBy),
  };
  const ahead = span.endedBy === null && job.nextRun !== null && job.nextRun.getTime() <= atMs;
  if (ahead && dueMs > job.now.getTime()) {
    return { ...base, outcome: "future", waiting: await missingScheduler(known) };
  }
  const unattended = unattendedItem(await readUnattended(known.session.database, new Date(atMs)));
  if (ahead) {
    return { ...base, unattended, outcome: "unrecorded", policies: policiesItem(job.spec) };
  }
  return { ...base, unattended, ...(await explainMissing(known, { span, atMs })) };
}

/** What it waits for where nobody is there to record or to start it; else nothing but its time. */
async function missingScheduler({ session, job }: AskedJob): Promise<WaitingItem | null> {
  const capacity = await readCapacity(session, job.now);
  return Math.min(capacity.clocks, capacity.workers) === 0 ? waitingForNode(capacity) : null;
}

function startOf(
  { job }: AskedJob,
  { schedule, anchor, atMs }: { schedule: JobSchedule; anchor: Date | null; atMs: number },
): number {
  const { name, spreadMs } = job.spec;
  const anchorMs = anchor?.getTime() ?? 0;
  return effectiveMs(schedule, {
    anchorMs,
    nominalMs: atMs,
    offsetMs: spreadOffsetMs(name, spreadMs),
  });
}

/** A due time that the clock has passed without a record being there. */
async function explainMissing(
  { session, job }: AskedJob,
  { span, atMs }: { span: JobSpan; atMs: number },
): Promise<Answer> {
  const { executionAgeMs, executionsPerJob } = session.settings.retention;
  const { oldest, count } = await readKept(session.database, job.id);
  const beyond = oldest === null || oldest.getTime() > atMs;
  const old = job.now.getTime() - atMs >= executionAgeMs;
  if (beyond && (old || count >= executionsPerJob)) {
    const kept = { age_ms: executionAgeMs, per_job: executionsPerJob, oldest: iso(oldest) };
    return { outcome: "pruned", retention: kept };
  }
  const until = span.endedBy?.at ?? null;
  const stretch = { jobId: job.id, after: new Date(atMs) };
  const cut = until !== null && !(await isRecordedBetween(session.database, { ...stretch, until }));
  return { outcome: cut ? "superseded" : "lost" };
}
