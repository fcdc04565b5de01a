import { BUILTIN_JOBS } from "../../builtin/index.ts";
import type { BuiltinName } from "../../model/builtins.ts";
import { SchedulerError } from "../../model/errors.ts";
import { REASONS } from "../../model/execution.ts";
import { jobKey } from "../../model/job.ts";
import type { JsonValue } from "../../model/json.ts";
import type { JobExecution } from "../../store/executions.ts";
import { findJob } from "../../store/jobs.ts";
import { printable } from "../../views/printable.ts";
import { registerAvailable } from "../ad-hoc.ts";
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

/** `jobs cleanup-sessions`: the built-in of that name, now. */
export async function cleanupSessions(
  context: CommandContext,
  options: CleanupOptions,
): Promise<CommandResult> {
  const done = await cleanUp(context, options, {
    builtin: "cleanup-sessions",
    parameter: "retention_hours",
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
    builtin: "log-cleanup",
    parameter: "retention_days",
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
  builtin: BuiltinName;
  parameter: string;
  fallback: number;
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
  const threshold = options.threshold ?? declaredThreshold(session, cleanup) ?? cleanup.fallback;
  const parameters = { [cleanup.parameter]: threshold };
  if (dryRun) {
    const { database } = session;
    const count = await BUILTIN_JOBS[cleanup.builtin].count({ database, parameters });
    return { threshold, dryRun, count, message: null, execution: null, interrupted: false };
  }
  using signals = interruptions();
  const [execution = null] = await runByHand(session, [await findTarget(session, cleanup)], {
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

/** Only what the author wrote: the default of the schedule is not that of the command. */
function declaredThreshold({ project }: Session, cleanup: Cleanup): number | null {
  const job = project.loaded.desired?.jobs.find(
    ({ spec }) => jobKey(spec.name) === jobKey(cleanup.builtin),
  );
  if (job === undefined || job.defaulted.includes("parameters")) return null;
  const value = job.spec.parameters[cleanup.parameter];
  return typeof value === "number" ? value : null;
}

async function findTarget(session: Session, { builtin }: Cleanup): Promise<string> {
  const job = await findJob(session.database, builtin);
  if (job === null) return registerAvailable(session, builtin);
  if (job.spec.run.type === "builtin") return job.id;
  throw new SchedulerError("usage", `the file declares another job by the name '${builtin}'`, {
    help: `run it with cronverge jobs run ${builtin}`,
  });
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
