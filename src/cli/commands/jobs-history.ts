import { countHistory, readHistory } from "../../store/history.ts";
import { findJobId } from "../../store/jobs.ts";
import type { HistoryData } from "../../views/history.ts";
import { renderHistory } from "../../views/history.ts";
import { isAvailable } from "../available.ts";
import type { CommandContext } from "../context.ts";
import { unknownJob } from "../find-job.ts";
import { toHistoryEntry } from "../history-entries.ts";
import type { CommandResult } from "../result.ts";
import { toTimeSpan, type TimeSpan } from "../past-times.ts";
import { openSession } from "../session.ts";
import type { Session } from "../session.ts";
import { selectStates } from "../states.ts";
import { readZones } from "../zones.ts";

export interface JobsHistoryOptions {
  job?: string | undefined;
  status?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
  limit: number;
}

/** `jobs history`: what ran, also of jobs that were removed since. */
export async function jobsHistory(
  context: CommandContext,
  options: JobsHistoryOptions,
): Promise<CommandResult> {
  const states = selectStates(options.status);
  const spanIn = toTimeSpan(options);
  await using session = await openSession(context);
  const zoneOf = await readZones(session);
  const span = spanIn(zoneOf(options.job ?? null));
  const data = await readEntries(session, { ...options, states, span });
  return {
    data,
    artifactType: "table",
    title: "Job Execution History",
    text: ({ color }) => renderHistory(data, { color, zoneOf }),
  };
}

async function readEntries(
  session: Session,
  options: JobsHistoryOptions & {
    states: ReturnType<typeof selectStates>;
    span: TimeSpan;
  },
): Promise<HistoryData> {
  const { database } = session;
  const { job, states, limit } = options;
  const jobId = job === undefined ? null : await findJobId(database, job);
  if (job !== undefined && jobId === null) {
    if (!isAvailable(session, job)) throw await unknownJob(session, job);
    return { entries: [], total: 0, skipped_hidden: 0 };
  }
  const question = { jobId, ...options.span };
  const { entries, total } = await readHistory(database, { ...question, states, limit });
  // Whoever names a state has said what is not to be shown.
  const skipped_hidden =
    options.status === undefined
      ? await countHistory(database, { ...question, states: ["skipped"] })
      : 0;
  return { entries: entries.map(toHistoryEntry), total, skipped_hidden };
}
