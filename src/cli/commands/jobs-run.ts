import { REASONS } from "../../model/execution.ts";
import { jobKey } from "../../model/job.ts";
import type { JsonObject } from "../../model/json.ts";
import { canonicalJson } from "../../model/json.ts";
import type { OverlapPolicy } from "../../model/policy.ts";
import type { JobExecution } from "../../store/executions.ts";
import { listJobs } from "../../store/jobs.ts";
import { renderLogLine } from "../../views/logs.ts";
import type { RunItem, RunsData } from "../../views/runs.ts";
import { renderRuns } from "../../views/runs.ts";
import type { CommandContext } from "../context.ts";
import { took } from "../history-entries.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK } from "../exit.ts";
import { interruptions } from "../interruptions.ts";
import { toLogItem } from "../log-items.ts";
import { runByHand } from "../manual-run.ts";
import type { CommandResult } from "../result.ts";
import type { RunSelection } from "../run-targets.ts";
import { findRunTargets, requireSelection } from "../run-targets.ts";
import type { Session } from "../session.ts";
import { openSession } from "../session.ts";

export interface JobsRunOptions extends RunSelection {
  sequential?: boolean | undefined;
  param?: JsonObject | undefined;
  overlap?: OverlapPolicy | undefined;
}

/** `jobs run NAME…`: runs jobs now, shows their lines on stderr, and waits for their results. */
export async function jobsRun(
  context: CommandContext,
  options: JobsRunOptions,
): Promise<CommandResult> {
  requireSelection(options);
  await using session = await openSession(context);
  using signals = interruptions();
  const jobIds = await findRunTargets(session, options);
  await warnOfUnapplied(session, { jobIds, context });
  const ended = await runByHand(session, jobIds, {
    ...signals,
    parameters: options.param ?? null,
    overlap: options.overlap ?? null,
    sequential: options.sequential === true,
    onLog: (entry) => streamLine(context, toLogItem(entry), session.settings.timezone),
    onProblem: (message) => {
      if (!context.json) context.terminal.err(`${message}\n`);
    },
  });
  const data = toData(ended);
  const outcome = data.failed > 0 ? EXIT_FAILED : EXIT_OK;
  return {
    data,
    artifactType: "table",
    title: "Job Execution Results",
    text: ({ color }) => renderRuns(data, { color }),
    exitCode: signals.interrupt.aborted ? EXIT_INTERRUPTED : outcome,
  };
}

/** What runs is what was applied: whoever has just edited the file may expect something else. */
async function warnOfUnapplied(
  { database, project }: Session,
  { jobIds, context }: { jobIds: readonly string[]; context: CommandContext },
): Promise<void> {
  const { desired } = project.loaded;
  if (desired === null || context.json) return;
  const wanted = new Map(desired.jobs.map(({ spec }) => [jobKey(spec.name), spec]));
  for (const { id, jobName, spec } of await listJobs(database)) {
    const declared = wanted.get(jobKey(jobName));
    if (!jobIds.includes(id) || declared === undefined) continue;
    if (canonicalJson(declared) === canonicalJson(spec)) continue;
    const { terminal } = context;
    const advice = "what was applied runs; see cronverge plan";
    const text = `the file declares ${jobName} differently by now; ${advice}`;
    terminal.err(`${terminal.errColor("yellow", "warning:")} ${text}\n`);
  }
}

/**
 * With `--json`, stderr is for an error alone. The last line of a run repeats its result; that an
 * attempt failed, and when the next one starts, is a warning.
 */
function streamLine(
  { json, terminal }: CommandContext,
  item: ReturnType<typeof toLogItem>,
  timezone: string,
): void {
  if (json || (item.module === "scheduler" && item.level !== "WARN")) return;
  terminal.err(renderLogLine(item, { color: terminal.errColor, zoneOf: () => timezone }));
}

function toData(ended: readonly JobExecution[]): RunsData {
  const runs = ended.map(toRunItem);
  const succeeded = runs.filter((run) => run.status === "success").length;
  return { jobs_run: runs, total: runs.length, succeeded, failed: runs.length - succeeded };
}

function toRunItem(execution: JobExecution): RunItem {
  const { status, reason, error } = execution;
  const success = status === "success";
  const why = reason === null ? status : REASONS[reason];
  return {
    job_name: execution.jobName,
    status: success ? "success" : "failed",
    state: status,
    reason,
    execution_id: execution.id,
    ...took(execution),
    error: success ? null : (error ?? why),
    value: execution.result,
    result: {
      success,
      message: execution.message,
      items_processed: execution.itemsProcessed,
      items_failed: execution.itemsFailed,
    },
  };
}
