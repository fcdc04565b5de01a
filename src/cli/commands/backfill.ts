import { SchedulerError } from "../../model/errors.ts";
import type { Reprocess } from "../../model/backfill.ts";
import type { JobSchedule } from "../../model/job.ts";
import { canonicalJson } from "../../model/json.ts";
import { whoAmI } from "../../daemon/who.ts";
import { listOccurrences } from "../../schedule/list-times.ts";
import type { BackfillTime } from "../../store/backfill.ts";
import { readBackfillTimes, recordBackfill, selectTimes } from "../../store/backfill.ts";
import type { JobEvent } from "../../store/job-events.ts";
import { readJobEvents } from "../../store/job-events.ts";
import type { LedgerJob } from "../../store/ledger-job.ts";
import { findLedgerJob } from "../../store/ledger-job.ts";
import type { BackfillData } from "../../views/backfill-data.ts";
import { renderBackfill } from "../../views/backfill.ts";
import { askedTime } from "../asked-time.ts";
import type { CommandContext } from "../context.ts";
import { decisionItem, scheduleItem } from "../explain-items.ts";
import { unknownJob } from "../find-job.ts";
import { zoneOf } from "../job-items.ts";
import type { CommandResult } from "../result.ts";
import type { Session } from "../session.ts";
import { openSession } from "../session.ts";
import { readCapacity } from "../waiting-item.ts";

export interface BackfillOptions {
  name: string;
  from: string;
  /** Absent: now. */
  to?: string | undefined;
  reprocess: Reprocess;
  dryRun: boolean;
}

/** So many runs are more than anybody wants to start by one line. */
const MOST_RUNS = 10_000;

/** `backfill NAME`: runs for due times that are over. */
export async function backfill(
  context: CommandContext,
  options: BackfillOptions,
): Promise<CommandResult> {
  await using session = await openSession(context);
  const job = await findLedgerJob(session.database, options.name);
  if (job === null || job.removedAt !== null) throw await unknownJob(session, options.name);
  const data = await record(session, job, options);
  return {
    data,
    artifactType: "list",
    title: `Backfill: ${data.job_name}`,
    text: ({ color }) => renderBackfill(data, { color }),
  };
}

async function record(
  session: Session,
  job: LedgerJob,
  { from, to, reprocess, dryRun }: BackfillOptions,
): Promise<BackfillData> {
  const { database, settings } = session;
  const { schedule } = job.spec;
  if (schedule === null) throw noSchedule(job);
  const timezone = zoneOf(job.spec, settings.timezone);
  const zone = { timezone, nowMs: job.now.getTime() };
  const { fromMs } = askedTime(from, zone);
  const toMs = to === undefined ? zone.nowMs : askedTime(to, { ...zone, afterMs: fromMs }).fromMs;
  const range = { fromMs, toMs };
  const times = dueTimes(job, { schedule, ...range });
  const asked = { jobId: job.id, spec: job.spec, times, reprocess, requestedBy: whoAmI() };
  const selected = selectTimes(await readBackfillTimes(database, asked), reprocess);
  const writes = !dryRun && selected.length > 0;
  const done = writes ? await recordBackfill(database, asked) : null;
  const { mutex, overlap, concurrency } = job.spec;
  const { workers: schedulers } = await readCapacity(session, job.now);
  const changes = await changesWithin(session, job, { schedule, ...range });
  return {
    job_name: job.jobName,
    timezone,
    from: new Date(range.fromMs).toISOString(),
    to: new Date(range.toMs).toISOString(),
    reprocess,
    dry_run: dryRun,
    backfill_id: done === null || done.recorded.length === 0 ? null : done.backfillId,
    due_total: times.length,
    runs: (done?.recorded ?? selected).map(runItem),
    schedule: scheduleItem(schedule) ?? { text: "", human: "", timezone: null },
    schedule_changes: changes.map(decisionItem),
    enabled: job.enabled && job.pausedAt === null,
    concurrent: mutex !== null ? 1 : overlap === "allow" ? null : concurrency,
    mutex,
    schedulers,
  };
}

function runItem({ at, had }: BackfillTime): BackfillData["runs"][number] {
  return { scheduled_for: at.toISOString(), had };
}

function noSchedule({ jobName }: LedgerJob): SchedulerError {
  return new SchedulerError("usage", `The job '${jobName}' has no schedule, hence no due times`, {
    help: `run it by hand: cronverge jobs run ${jobName}`,
  });
}

/**
 * The due times of the present schedule in the stretch.
 *
 * @throws SchedulerError `usage` where some are to come, or there are too many.
 */
function dueTimes(
  { jobName, anchor, now }: LedgerJob,
  { schedule, fromMs, toMs }: { schedule: JobSchedule; fromMs: number; toMs: number },
): Date[] {
  if (fromMs >= toMs) {
    throw new SchedulerError("usage", "--from must be before --to", {
      help: "--from is the first instant that counts, --to the first that does not",
    });
  }
  const { instants } = listOccurrences(schedule, {
    anchorMs: anchor.getTime(),
    afterMs: fromMs - 1,
    untilMs: toMs - 1,
    limit: MOST_RUNS + 1,
    searches: MOST_RUNS,
  });
  const coming = instants.find((instantMs) => instantMs >= now.getTime());
  if (coming !== undefined) {
    const at = new Date(coming).toISOString();
    throw new SchedulerError("usage", `The job '${jobName}' is due at ${at}, which is to come`, {
      help: "a backfill is for due times that are over: leave --to out, or give an earlier one",
    });
  }
  if (instants.length > MOST_RUNS) {
    const last = new Date(instants[MOST_RUNS] ?? toMs).toISOString();
    throw new SchedulerError("usage", `That stretch has more than ${MOST_RUNS} due times`, {
      help: `take it in parts; the first ends at --to ${last}`,
    });
  }
  return instants.map((instantMs) => new Date(instantMs));
}

/** The decisions in the stretch before which another schedule was in force, or none. */
async function changesWithin(
  { database }: Session,
  { id, now }: LedgerJob,
  { schedule, fromMs, toMs }: { schedule: JobSchedule; fromMs: number; toMs: number },
): Promise<JobEvent[]> {
  const events = await readJobEvents(database, id);
  const present = canonicalJson(schedule);
  const untilMs = Math.min(toMs, now.getTime());
  return events.filter(({ at }, index) => {
    const before = events[index - 1]?.schedule ?? null;
    const inside = at.getTime() > fromMs && at.getTime() <= untilMs;
    return inside && before !== null && canonicalJson(before) !== present;
  });
}
