import type { BuiltinContext } from "../../builtin/contract.ts";
import { BUILTIN_JOBS } from "../../builtin/index.ts";
import { connectionUrl, GrantedDatabases } from "../../daemon/databases.ts";
import type { BuiltinName } from "../../model/builtins.ts";
import { SchedulerError } from "../../model/errors.ts";
import { REASONS } from "../../model/execution.ts";
import type { DesiredJob, JobRun } from "../../model/job.ts";
import { jobKey } from "../../model/job.ts";
import type { JsonValue } from "../../model/json.ts";
import type { JobExecution } from "../../store/executions.ts";
import type { ScheduledJob } from "../../store/jobs.ts";
import { findJob } from "../../store/jobs.ts";
import { printable } from "../../views/printable.ts";
import { registerAvailable } from "../ad-hoc.ts";
import { availableSpec } from "../available.ts";
import type { CommandContext } from "../context.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK } from "../exit.ts";
import { interruptions } from "../interruptions.ts";
import { runByHand } from "../manual-run.ts";
import type { CommandResult } from "../result.ts";
import type { Session } from "../session.ts";
import { openSession } from "../session.ts";

export interface CleanupOptions {
  /** Hours or days; null: what the file says, else `fallback`. */
  threshold: number | null;
  dryRun: boolean;
}

/** `jobs cleanup-sessions`: the built-in of that name, or of its other one if that is declared, now. */
export async function cleanupSessions(
  context: CommandContext,
  options: CleanupOptions,
): Promise<CommandResult> {
  const done = await cleanUp(context, options, {
    targets: [
      { builtin: "cleanup-sessions", parameter: "retention_hours" },
      { builtin: "cleanup_inactive_sessions", parameter: "inactive_hours" },
    ],
    fallback: 1,
  });
  const { count, threshold, dryRun } = done;
  return toResult(done, {
    title: "Session Cleanup",
    data: {
      job_name: "session_cleanup",
      sessions_cleaned: dryRun ? 0 : count,
      hours_threshold: threshold,
      message:
        done.message ??
        `DRY RUN: Would clean up ${count} inactive session(s) older than ${threshold} hour(s)`,
      dry_run: dryRun,
      would_clean: dryRun ? count : null,
      execution_id: done.execution?.id ?? null,
    },
  });
}

/** `jobs log-cleanup`: the built-in of that name, now. */
export async function cleanupLogs(
  context: CommandContext,
  options: CleanupOptions,
): Promise<CommandResult> {
  const done = await cleanUp(context, options, {
    targets: [{ builtin: "log-cleanup", parameter: "retention_days" }],
    fallback: 30,
  });
  const { count, threshold, dryRun } = done;
  return toResult(done, {
    title: "Log Cleanup",
    data: {
      job_name: "log_cleanup",
      entries_deleted: dryRun ? 0 : count,
      days_threshold: threshold,
      message:
        done.message ?? `DRY RUN: Would delete ${count} log entries older than ${threshold} day(s)`,
      dry_run: dryRun,
      would_delete: dryRun ? count : null,
      execution_id: done.execution?.id ?? null,
    },
  });
}

interface Cleanup {
  /** The built-ins that do it, the first by whose name there is a job; else the first. */
  targets: [Target, ...Target[]];
  fallback: number;
}

interface Target {
  builtin: BuiltinName;
  /** The parameter that the command sets. */
  parameter: string;
}

interface Done {
  threshold: number;
  dryRun: boolean;
  /** What was, or would be, cleaned up. */
  count: number;
  /** What the run said; null for a dry run. */
  message: string | null;
  execution: JobExecution | null;
  interrupted: boolean;
}

async function cleanUp(
  context: CommandContext,
  options: CleanupOptions,
  cleanup: Cleanup,
): Promise<Done> {
  await using session = await openSession(context);
  const { dryRun } = options;
  const { target, job } = await chooseTarget(session, cleanup);
  const declared = declaredJob(session, target)?.spec ?? null;
  const threshold = options.threshold ?? declaredThreshold(session, target) ?? cleanup.fallback;
  const parameters = { [target.parameter]: threshold };
  using signals = interruptions();
  if (dryRun) {
    const { run } = job?.spec ?? declared ?? availableSpec(session, target.builtin);
    const given = { parameters, signal: signals.interrupt };
    const count = await observe(session, run, given);
    const interrupted = signals.interrupt.aborted;
    return { threshold, dryRun, count, message: null, execution: null, interrupted };
  }
  const jobId = job?.id ?? (await registerAvailable(session, target.builtin));
  const [execution = null] = await runByHand(session, [jobId], {
    ...signals,
    parameters,
    overlap: "skip",
    sequential: false,
    onLog: () => undefined,
    onProblem: () => undefined,
  });
  return {
    threshold,
    dryRun,
    count: execution?.itemsProcessed ?? 0,
    message: messageOf(execution),
    execution,
    interrupted: signals.interrupt.aborted,
  };
}

/** The job that does it by one of its names, as registered, or as the file declares it. */
async function chooseTarget(
  session: Session,
  { targets }: Cleanup,
): Promise<{ target: Target; job: ScheduledJob | null }> {
  for (const target of targets) {
    const job = await findJob(session.database, target.builtin);
    if (job?.spec.run.type === "builtin") return { target, job };
    if (job === null || target !== targets[0]) continue;
    const { builtin } = target;
    throw new SchedulerError("usage", `the file declares another job by the name '${builtin}'`, {
      help: `run it with cronverge jobs run ${builtin}`,
    });
  }
  const target = targets.find((one) => declaredJob(session, one) !== null) ?? targets[0];
  return { target, job: null };
}

function declaredJob({ project }: Session, { builtin }: Target): DesiredJob | null {
  const jobs = project.loaded.desired?.jobs ?? [];
  return jobs.find(({ spec }) => jobKey(spec.name) === jobKey(builtin)) ?? null;
}

/** Only what the author wrote: the default of the schedule is not that of the command. */
function declaredThreshold(session: Session, target: Target): number | null {
  const job = declaredJob(session, target);
  if (job === null || job.defaulted.includes("parameters")) return null;
  const value = job.spec.parameters[target.parameter];
  return typeof value === "number" ? value : null;
}

/** Counts what a run would do now, in the database that it would do it in; writes nothing. */
async function observe(
  { database, settings, project }: Session,
  run: JobRun,
  given: Pick<BuiltinContext, "parameters" | "signal">,
): Promise<number> {
  if (run.type !== "builtin") return 0;
  const { configFile } = project.place;
  await using databases = new GrantedDatabases((name) =>
    connectionUrl(name, { settings, configFile }),
  );
  const { itemsFound } = await BUILTIN_JOBS[run.builtin].run({
    ...given,
    database: run.database === undefined ? database : await databases.database(run.database),
    databaseName: run.database ?? null,
    enforce: false,
    limitMs: null,
    log: () => undefined,
  });
  return itemsFound;
}

function messageOf(execution: JobExecution | null): string {
  if (execution === null) return "nothing was run";
  const { status, reason, error, message } = execution;
  if (status === "success") return message ?? "done";
  return error ?? (reason === null ? status : REASONS[reason]);
}

function toResult(
  { dryRun, execution, interrupted }: Done,
  given: { title: string; data: { message: string; [field: string]: JsonValue } },
): CommandResult {
  const { title, data } = given;
  const outcome = dryRun || execution?.status === "success" ? EXIT_OK : EXIT_FAILED;
  return {
    data,
    artifactType: "text",
    title: dryRun ? `${title} (Dry Run)` : title,
    text: () => `${printable(data.message)}\n`,
    exitCode: interrupted ? EXIT_INTERRUPTED : outcome,
  };
}
