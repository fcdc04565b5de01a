import { seedStatus } from "../../model/execution.ts";
import type { JobRun, JobSpec } from "../../model/job.ts";
import { jobKey } from "../../model/job.ts";
import { grantedPermissions, isUnrestricted } from "../../plan/permissions.ts";
import { upcomingOccurrences } from "../../schedule/next.ts";
import type { Database } from "../../store/connection.ts";
import type { JobExecution } from "../../store/executions.ts";
import { readHistory } from "../../store/history.ts";
import type { ScheduledJob } from "../../store/jobs.ts";
import { findJob, findJobId } from "../../store/jobs.ts";
import type { JobData } from "../../views/job.ts";
import { renderJob } from "../../views/job.ts";
import type { PolicyText } from "../../views/policies.ts";
import { mainPolicies, otherPolicies } from "../../views/policies.ts";
import { policyItem } from "../policy-item.ts";
import type { JobItem } from "../../views/jobs.ts";
import { maskSpec } from "../../views/mask.ts";
import { enforceText, runText } from "../../views/spec-values.ts";
import { availableSpec, isAvailable } from "../available.ts";
import type { CommandContext } from "../context.ts";
import { unknownJob } from "../find-job.ts";
import { availableItem, overrideItem, registeredItem, unappliedItem } from "../job-items.ts";
import { toHistoryEntry } from "../history-entries.ts";
import type { CommandResult } from "../result.ts";
import type { Session } from "../session.ts";
import { openSession } from "../session.ts";
import { SHOWN_STATES } from "../states.ts";

const NEXT_RUNS_SHOWN = 3;

/** `jobs show NAME`: everything about one job. */
export async function jobsShow(context: CommandContext, name: string): Promise<CommandResult> {
  await using session = await openSession(context);
  const { data, spec } = await describeJob(session, name);
  return {
    data,
    artifactType: "presentation_card",
    title: `Job: ${data.name}`,
    text: ({ color }) => renderJob(data, { color, policies: policiesOf(spec) }),
  };
}

/** A job with what it was made from, as both may be shown. */
interface Described {
  data: JobData;
  spec: JobSpec;
}

function policiesOf(spec: JobSpec): PolicyText[] {
  return [...mainPolicies(spec), ...otherPolicies(spec)];
}

async function describeJob(session: Session, name: string): Promise<Described> {
  const { database, settings } = session;
  const projectZone = settings.timezone;
  const nowMs = Date.now();
  const job = await findJob(database, name);
  if (job !== null) {
    const { data, spec } = toDescribed(registeredItem(job, projectZone), job.spec);
    const last = await lastExecution(database, job.id);
    return { data: { ...data, ...registeredFields(job, last), next_runs: nextRuns(job) }, spec };
  }
  const declared = session.project.loaded.desired?.jobs.find(
    ({ spec }) => jobKey(spec.name) === jobKey(name),
  );
  if (declared !== undefined) {
    const item = unappliedItem(declared.spec, { projectZone, nowMs });
    const { data, spec } = toDescribed(item, declared.spec);
    const next_runs = data.next_run === null ? [] : dueFrom(spec, nowMs, nowMs);
    return { data: { ...data, next_runs }, spec };
  }
  if (!isAvailable(session, name)) throw await unknownJob(session, name);
  const available = availableSpec(session, name);
  const { data, spec } = toDescribed(availableItem(available.name, projectZone), available);
  return { data: { ...data, ...(await pastOf(database, spec.name)) }, spec };
}

/** What was run by hand has a past, though nobody keeps count of it. */
async function pastOf(database: Database, name: string): Promise<Partial<JobData>> {
  const jobId = await findJobId(database, name);
  if (jobId === null) return {};
  const { entries, total } = await readHistory(database, { jobId, states: SHOWN_STATES, limit: 1 });
  const [last] = entries;
  return {
    last_run: last?.startedAt?.toISOString() ?? null,
    last_status: last === undefined ? null : seedStatus(last.status),
    last_state: last?.status ?? null,
    last_message: last?.message ?? null,
    last_execution: attemptsOf(last ?? null),
    last_error: last?.error ?? null,
    run_count: total,
  };
}

async function lastExecution(database: Database, jobId: string): Promise<JobExecution | null> {
  const { entries } = await readHistory(database, { jobId, states: SHOWN_STATES, limit: 1 });
  return entries[0] ?? null;
}

/** `spec` is not shown as it is: it may hold credentials that somebody wrote into the file. */
function toDescribed(item: JobItem, spec: JobSpec): Described {
  const shown = maskSpec(spec);
  const data: JobData = {
    ...item,
    last_state: null,
    last_message: null,
    last_execution: null,
    next_runs: [],
    runs: runsText(shown.run),
    may: grantedPermissions(spec),
    unrestricted: isUnrestricted(spec),
    parameters: shown.parameters,
    timeout_ms: spec.timeoutMs,
    grace_ms: spec.graceMs,
    memory_bytes: spec.memoryBytes,
    output_bytes: spec.outputBytes,
    policies: policyItem(shown),
    override: null,
    revision: null,
    version: null,
    code_sha256: null,
  };
  return { data, spec: shown };
}

function runsText(run: JobRun): string {
  const enforce = enforceText(run);
  return enforce === null ? runText(run) : `${runText(run)}, enforce: ${enforce}`;
}

function registeredFields(job: ScheduledJob, last: JobExecution | null): Partial<JobData> {
  return {
    last_state: last?.status ?? null,
    last_message: last?.message ?? null,
    last_execution: attemptsOf(last),
    override: overrideItem(job),
    revision: job.revision,
    version: job.version,
    code_sha256: job.codeSha256,
  };
}

function attemptsOf(last: JobExecution | null): JobData["last_execution"] {
  if (last === null) return null;
  const { attempt, max_attempts, attempts, retry_at } = toHistoryEntry(last);
  return { attempt, max_attempts, attempts, retry_at };
}

/** The persisted next run, and what follows from it. */
function nextRuns(job: ScheduledJob): string[] {
  if (job.nextRun === null) return [];
  return dueFrom(job.spec, job.anchor.getTime(), job.nextRun.getTime() - 1);
}

function dueFrom({ schedule }: JobSpec, anchorMs: number, afterMs: number): string[] {
  if (schedule === null) return [];
  const due = upcomingOccurrences(schedule, { anchorMs, afterMs, count: NEXT_RUNS_SHOWN });
  return due.map((instant) => new Date(instant).toISOString());
}
