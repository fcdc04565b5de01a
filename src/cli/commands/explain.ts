import type { LedgerJob } from "../../store/ledger-job.ts";
import { findLedgerJob } from "../../store/ledger-job.ts";
import type { JobEvent } from "../../store/job-events.ts";
import { readJobEvents } from "../../store/job-events.ts";
import { findOccurrence, readBeside, recordedTimes } from "../../store/occurrence.ts";
import type { DecisionItem, ExplainData } from "../../views/explain-data.ts";
import { renderExplain } from "../../views/explain.ts";
import type { AskedTime } from "../asked-time.ts";
import { askedTime } from "../asked-time.ts";
import type { CommandContext } from "../context.ts";
import { besideItem, decisionItem, iso } from "../explain-items.ts";
import type { AskedJob } from "../explain-record.ts";
import { explainRecord } from "../explain-record.ts";
import { explainDue, explainNotDue } from "../explain-unrecorded.ts";
import { unknownJob } from "../find-job.ts";
import { zoneOf } from "../job-items.ts";
import { dueBetween, spansOf } from "../job-spans.ts";
import type { CommandResult } from "../result.ts";
import type { Session } from "../session.ts";
import { openSession } from "../session.ts";

/** The most due times that one question is about; the others are counted no further. */
const MOST_TIMES = 100;
const BESIDE_SHOWN = 10;

/** `explain NAME TIME`: what became of a due time and why. */
export async function explain(
  context: CommandContext,
  { name, time }: { name: string; time: string },
): Promise<CommandResult> {
  await using session = await openSession(context);
  const job = await findLedgerJob(session.database, name);
  if (job === null) throw await unknownJob(session, name);
  const data = await describe(session, job, time);
  return {
    data,
    artifactType: "presentation_card",
    title: `Explain: ${data.job_name}`,
    text: ({ color }) => renderExplain(data, { color }),
  };
}

async function describe(session: Session, job: LedgerJob, time: string): Promise<ExplainData> {
  const { database, settings } = session;
  const timezone = zoneOf(job.spec, settings.timezone);
  const asked = askedTime(time, { timezone, nowMs: job.now.getTime() });
  const events = await readJobEvents(database, job.id);
  const known: AskedJob = { session, job, spans: spansOf(events) };
  const { window, times, change } = await meantTimes(known, asked);
  const [atMs, ...others] = times;
  // Whoever names a day means the one due time that it has; of several, nobody knows which.
  const several = asked.day !== null && times.length > 1;
  const base = {
    job_name: job.jobName,
    timezone,
    now: job.now.toISOString(),
    asked: { from: isoOf(window.fromMs), until: isoOf(window.untilMs), day: asked.day },
    clock_change: change,
    others: others.map(isoOf),
    ...NOTHING,
    beside: await readOthers(known, { window, atMs: several ? null : (atMs ?? null) }),
    removed: removalOf(job, events),
  };
  if (atMs === undefined) {
    // What was decided within a day is part of the answer about that day.
    const instantMs = asked.day === null ? window.fromMs : window.untilMs - 1;
    return { ...base, ...explainNotDue(known, instantMs) };
  }
  if (several) return { ...base, others: times.map(isoOf), outcome: "several" };
  const scheduled_for = isoOf(atMs);
  const record = await findOccurrence(database, { jobId: job.id, at: new Date(atMs) });
  const found =
    record === null ? await explainDue(known, atMs) : await explainRecord(known, { record, atMs });
  return { ...base, scheduled_for, ...found };
}

/** What is known of no due time; each answer fills in its own. */
const NOTHING = {
  scheduled_for: null,
  due_at: null,
  schedule: null,
  execution: null,
  waiting: null,
  delay: null,
  other_execution: null,
  unattended: null,
  decision: null,
  ended_by: null,
  nearest: null,
  policies: null,
  retention: null,
} satisfies Partial<ExplainData>;

/** The decision that took the job out of the file; null: it is registered. */
function removalOf(job: LedgerJob, events: readonly JobEvent[]): DecisionItem | null {
  const last = events.findLast(({ kind }) => kind === "removed");
  return job.removedAt === null || last === undefined ? null : decisionItem(last);
}

interface Window {
  fromMs: number;
  untilMs: number;
}

/** The due times that are meant: of an hour that the clocks show twice, the one that has some. */
async function meantTimes(
  known: AskedJob,
  asked: AskedTime,
): Promise<{ window: Window; times: number[]; change: ExplainData["clock_change"] }> {
  const times = await timesIn(known, asked);
  if (asked.again === null) {
    return { window: asked, times, change: asked.skipped ? "skipped" : null };
  }
  if (times.length > 0) return { window: asked, times, change: "first" };
  const later = await timesIn(known, asked.again);
  return later.length > 0
    ? { window: asked.again, times: later, change: "second" }
    : { window: asked, times, change: "first" };
}

/** Those that were due by what was in force, and those that have a record. */
async function timesIn({ session, job, spans }: AskedJob, window: Window): Promise<number[]> {
  const recorded = await recordedTimes(session.database, {
    jobId: job.id,
    from: new Date(window.fromMs),
    until: new Date(window.untilMs),
    limit: MOST_TIMES,
  });
  const times = new Set([
    ...dueBetween(spans, window),
    ...recorded.map((instant) => instant.getTime()),
  ]);
  return [...times].sort((a, b) => a - b).slice(0, MOST_TIMES);
}

async function readOthers(
  { session, job }: AskedJob,
  { window, atMs }: { window: Window; atMs: number | null },
): Promise<ExplainData["beside"]> {
  const rows = await readBeside(session.database, {
    jobId: job.id,
    at: atMs === null ? null : new Date(atMs),
    from: new Date(window.fromMs),
    until: new Date(window.untilMs),
    limit: BESIDE_SHOWN,
  });
  return rows.map(besideItem);
}

function isoOf(instantMs: number): string {
  return iso(instantMs) ?? "";
}
