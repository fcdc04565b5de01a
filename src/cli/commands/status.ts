import type { LogLevel } from "../../model/execution.ts";
import { REASONS } from "../../model/execution.ts";
import type { RetentionSettings } from "../../model/job.ts";
import { ageOfLevel } from "../../model/log-age.ts";
import type { JobExecution } from "../../store/executions.ts";
import { readRetrying } from "../../store/executions.ts";
import { readHistory } from "../../store/history.ts";
import type { ScheduledJob } from "../../store/jobs.ts";
import type { OpenNode } from "../../store/nodes.ts";
import { listJobs, readOutcomes } from "../../store/jobs.ts";
import { runsHere } from "../../daemon/process-identity.ts";
import { nodesByEvidence } from "../../daemon/sweeper.ts";
import { SchedulerError } from "../../model/errors.ts";
import { keepsClock, runsJobs, takesJobs } from "../../model/node-role.ts";
import { findEmbeddedFacts } from "../../store/embedded.ts";
import { latestRevision } from "../../store/revisions.ts";
import type { NodeItem } from "../../views/nodes.ts";
import type { LogRetentionItem, StatusData } from "../../views/status.ts";
import { renderStatus } from "../../views/status.ts";
import type { CommandContext } from "../context.ts";
import { EXIT_FAILED, EXIT_OK } from "../exit.ts";
import { toHistoryEntry } from "../history-entries.ts";
import { toNodeItem } from "../node-items.ts";
import type { CommandResult } from "../result.ts";
import { toRevisionItem } from "../revision-items.ts";
import type { DatabaseSession } from "../session.ts";
import { openNodeSession, openSession } from "../session.ts";
import { upcomingRuns } from "../upcoming.ts";

const DAY_MS = 86_400_000;
const NEXT_SHOWN = 5;
const RUNNING_SHOWN = 100;
const RETRYING_SHOWN = 10;

export interface StatusCommandOptions {
  /** Judges by the nodes of this machine or container alone, and by no job. */
  here?: boolean | undefined;
  /** Of the database of a worker without a config; only with `here`. */
  schema?: string | undefined;
}

/**
 * `status`: whether the schedule is kept. It fails with no live node, a bad file, or a job that
 * crashed or is paused; a run that failed is shown, and no reason to restart the scheduler.
 *
 * With `here`, whether the node of this machine does its part: what ails the schedule elsewhere is no
 * reason to replace a container that works.
 */
export async function status(
  context: CommandContext,
  { here = false, schema }: StatusCommandOptions = {},
): Promise<CommandResult> {
  if (schema !== undefined && !here) {
    throw new SchedulerError("usage", "--schema is for --here, on a worker without a config", {
      help: "name it in the config: database.schema",
    });
  }
  await using session = await (here
    ? openNodeSession(context, schema === undefined ? {} : { schema })
    : openSession(context));
  const { stateDir } = context.locateOrHere();
  const data = await readStatus(session, { here, stateDir });
  const { timezone } = session.settings;
  const nowMs = Date.now();
  return {
    data,
    artifactType: "presentation_card",
    title: "Scheduler Status",
    text: ({ color }) => renderStatus(data, { color, timezone, nowMs }),
    exitCode: data.healthy ? EXIT_OK : EXIT_FAILED,
  };
}

async function readStatus(
  { database, store, settings }: DatabaseSession,
  { here, stateDir }: { here: boolean; stateDir: string },
): Promise<StatusData> {
  const open = await nodesByEvidence(database, store.embedded);
  const nodes = (here ? await onlyHere(open) : open).map(toNodeItem);
  const jobs = await listJobs(database);
  const latest = await latestRevision(database);
  const running = await readOpen(database, "running");
  const pending = await readOpen(database, "pending");
  const retrying = await readRetrying(database, RETRYING_SHOWN);
  const paused = jobs.filter(({ pausedAt }) => pausedAt !== null);
  const crashed = jobs.filter(
    ({ runtimeStatus, pausedAt }) => runtimeStatus === "crashed" && pausedAt === null,
  );
  const enabled = jobs.filter((job) => job.enabled).length;
  const problems = here ? problemsHere(nodes) : problemsOf(nodes, [...crashed, ...paused]);
  return {
    healthy: problems.length === 0,
    problems,
    database: store.embedded ? "embedded" : "external",
    database_directory: store.embedded ? await directoryOf(stateDir) : null,
    revision: latest === null ? null : toRevisionItem(latest, true),
    nodes,
    jobs: {
      total: jobs.length,
      enabled,
      disabled: jobs.length - enabled,
      overridden: jobs.filter((job) => job.override !== null).length,
      crashed: crashed.length,
      paused: paused.length,
    },
    failing: await readFailing(database, jobs),
    crashed: crashed.map((job) => ({ job_name: job.jobName, error: crashText(job) })),
    paused: paused.map((job) => ({
      job_name: job.jobName,
      since: job.pausedAt?.toISOString() ?? "",
      error: crashText(job),
    })),
    executions: { running: running.total, pending: pending.total, retrying: retrying.total },
    log_retention: retentionItem(settings.retention),
    running: running.entries.map(toHistoryEntry),
    retrying: retrying.entries.map(toHistoryEntry),
    next: upcomingRuns(jobs, { limit: NEXT_SHOWN, perJob: 1, projectZone: settings.timezone }).runs,
  };
}

function retentionItem({ logAgeMs, logsKeptBy }: RetentionSettings): LogRetentionItem {
  const days = (level: LogLevel): number => ageOfLevel(logAgeMs, level) / DAY_MS;
  return {
    debug_days: days("debug"),
    info_days: days("info"),
    warn_days: days("warn"),
    error_days: days("error"),
    kept_by: logsKeptBy ?? null,
  };
}

/** A job that rests on purpose is nobody's concern, and one that is paused is told of as such. */
async function readFailing(
  database: DatabaseSession["database"],
  jobs: readonly ScheduledJob[],
): Promise<StatusData["failing"]> {
  const candidates = jobs.filter(
    ({ enabled, pausedAt, lastStatus }) => enabled && pausedAt === null && lastStatus === "failed",
  );
  const outcomes = await readOutcomes(
    database,
    candidates.map(({ id }) => id),
  );
  const byJob = new Map(outcomes.map((outcome) => [outcome.jobId, outcome]));
  return candidates.flatMap(({ id, jobName }) => {
    const { status = "success", reason = null, error = null } = byJob.get(id) ?? {};
    if (status === "success") return [];
    const why = error ?? (reason === null ? "it failed" : REASONS[reason]);
    return [{ job_name: jobName, error: why }];
  });
}

/** Where the embedded database is, which for root is not in the state directory. */
async function directoryOf(stateDir: string): Promise<string> {
  return (await findEmbeddedFacts({ stateDir }))?.directory ?? stateDir;
}

function readOpen(
  database: DatabaseSession["database"],
  state: "running" | "pending",
): Promise<{ entries: JobExecution[]; total: number }> {
  return readHistory(database, { jobId: null, states: [state], limit: RUNNING_SHOWN });
}

function problemsOf(nodes: readonly NodeItem[], crashed: readonly ScheduledJob[]): string[] {
  const live = nodes.filter((node) => node.live);
  const schedulers = live.filter((node) => keepsClock(node.role));
  const problems: string[] = [];
  if (schedulers.length === 0) problems.push("no scheduler is running; start one: cronverge up");
  else if (!live.some(takesJobs)) {
    const resting = live.some(({ role }) => runsJobs(role));
    problems.push(
      resting
        ? "no node takes new runs: all that run jobs are ending, or older than the database's schema"
        : "no node runs jobs; start one: cronverge up --role worker",
    );
  }
  // Several nodes have the same file, and the same problem with it.
  const reloads = new Set(schedulers.flatMap(reloadProblem));
  return [...problems, ...reloads, ...crashed.map(crashedProblem)];
}

async function onlyHere(nodes: readonly OpenNode[]): Promise<OpenNode[]> {
  const marked = await Promise.all(nodes.map(async (node) => ((await runsHere(node)) ? node : [])));
  return marked.flat();
}

function problemsHere(nodes: readonly NodeItem[]): string[] {
  // A process that runs what it was asked for, as `jobs run` does, is no scheduler.
  const live = nodes.filter((node) => node.live && node.role !== "once");
  if (live.length === 0) return ["no node of this machine is alive; start one: cronverge up"];
  return live.flatMap(reloadProblem);
}

function reloadProblem({ reload_diagnostics }: NodeItem): string[] {
  const [first] = reload_diagnostics;
  if (first === undefined) return [];
  const place = `${first.file}:${first.line}:${first.column}`;
  return [`${place}  ${first.message} (the last good state goes on)`];
}

function crashedProblem(job: ScheduledJob): string {
  const { jobName, pausedAt } = job;
  if (pausedAt === null) return `${jobName} crashed: ${crashText(job)}`;
  return `${jobName} is ${crashText(job)}; to go on: cronverge jobs enable ${jobName}`;
}

function crashText({ crashed }: ScheduledJob): string {
  return crashed ?? "its code cannot be loaded";
}
