import { durationText } from "../model/job.ts";
import type { ExecutionStatus } from "../model/execution.ts";
import { REASONS } from "../model/execution.ts";
import type { JsonObject } from "../model/json.ts";
import type { CatchupPolicy, ClockChangePolicy, OverlapPolicy } from "../model/policy.ts";
import { shortHash } from "../model/short-hash.ts";
import type { HistoryEntry } from "./history.ts";
import type { JobItem } from "./jobs.ts";
import type { Paint } from "./paint.ts";
import type { PolicyText } from "./policies.ts";
import { zonedTime } from "./schedule-times.ts";
import { bytesText } from "./spec-values.ts";
import { stateCell } from "./status-style.ts";
import type { Cell } from "./table.ts";
import { firstLine, renderFields } from "./table.ts";

/** The JSON of `jobs show`. */
export interface JobData extends JobItem {
  /** The exact state of the last execution; `last_status` is one of three words. */
  last_state: ExecutionStatus | null;
  last_message: string | null;
  /** How far the last execution came with its attempts. */
  last_execution: Pick<HistoryEntry, "attempt" | "max_attempts" | "attempts" | "retry_at"> | null;
  /** The next three occurrences. */
  next_runs: string[];
  /** What it runs, on one line. */
  runs: string;
  /** What it may do beside computing, logging and returning. */
  may: string[];
  /** Nothing bounds what it may do. */
  unrestricted: boolean;
  parameters: JsonObject;
  timeout_ms: number | null;
  grace_ms: number;
  memory_bytes: number;
  output_bytes: number;
  policies: JobPolicyItem;
  override: { enabled: boolean; by: string; reason: string | null; at: string } | null;
  revision: number | null;
  version: string | null;
  code_sha256: string | null;
}

/** The policies of a job; what is done about a failure is shown on one line. */
export interface JobPolicyItem {
  overlap: OverlapPolicy;
  queue_limit: number;
  concurrency: number;
  mutex: string | null;
  priority: number;
  catchup: { policy: CatchupPolicy["policy"]; window_ms: number; max: number };
  /** Null: by the kind of the schedule. */
  dst: ClockChangePolicy | null;
  spread_ms: number;
  /** How long after its due time this job starts. */
  offset_ms: number;
  retry: { attempts: number; initial_ms: number; factor: number; max_ms: number; jitter: number };
  deadline_ms: number | null;
  late_after_ms: number | null;
  pause_after_failures: number | null;
  on_failure: string | null;
}

/** One job with all that people ask about it; `policies` are those of `job.policies` in words. */
export function renderJob(
  job: JobData,
  { color, policies }: { color: Paint; policies: readonly PolicyText[] },
): string {
  const at = (instant: string | null): string | null =>
    instant === null ? null : zonedTime(instant, job.timezone);
  const zone = job.schedule === "" ? "" : ` (${job.timezone})`;
  return renderFields(
    [
      ["Name", { text: job.name, style: "bold" }],
      ["Description", job.description === "" ? null : job.description],
      ["Schedule", job.schedule === "" ? null : job.schedule],
      ["Meaning", `${job.schedule_human}${zone}`],
      ["Enabled", enabledCell(job)],
      [job.paused_at === null ? "Crashed" : "Paused", crashedCell(job)],
      ["Last run", at(job.last_run) ?? "never"],
      ["Last result", resultCell(job)],
      ["Attempts", attemptsText(job)],
      ["Last message", job.last_message],
      ["Last error", job.last_error === null ? null : { text: job.last_error, style: "red" }],
      ["Runs so far", String(job.run_count)],
      ["Next runs", job.next_runs.map((next) => at(next)).join(", ") || "none"],
      ["Runs", job.runs],
      ["May", mayCell(job)],
      [
        "Parameters",
        Object.keys(job.parameters).length > 0 ? JSON.stringify(job.parameters) : null,
      ],
      ["Limits", limitsText(job)],
      ["Policies", policies.map(({ label, text }) => `${label} ${text}`).join("\n")],
      ["Tags", job.tags.length > 0 ? job.tags.join(", ") : null],
      ["Version", versionText(job)],
      ["Revision", job.revision === null ? null : String(job.revision)],
    ],
    { color },
  );
}

function enabledCell({ registration, enabled, override, timezone }: JobData): Cell | string {
  if (registration === "available") return { text: "no, no job declares it", style: "dim" };
  const word = enabled ? "yes" : "no";
  if (registration === "not_applied") return { text: `${word}, not applied`, style: "yellow" };
  if (override === null) return word;
  const why = override.reason === null ? "" : `: ${override.reason}`;
  const text = `${word}, by ${override.by} on ${zonedTime(override.at, timezone)}${why}`;
  return { text, style: "yellow" };
}

function crashedCell({ crashed, paused_at, name, timezone }: JobData): Cell | null {
  if (crashed === null) return null;
  if (paused_at === null) return { text: crashed, style: "red" };
  const since = `${zonedTime(paused_at, timezone)}, ${crashed}`;
  return { text: `${since}\nto go on: cronverge jobs enable ${name}`, style: "red" };
}

function resultCell({
  last_state,
  last_status,
  last_execution: last,
}: JobData): Cell | string | null {
  if (last_state === null) return last_status;
  const cell = stateCell(last_state);
  if (last === null || last.max_attempts === 1) return cell;
  return { ...cell, text: `${cell.text}, attempt ${last.attempt} of ${last.max_attempts}` };
}

/** The attempts of the last execution that were followed by another, or are to be. */
function attemptsText({ last_execution: last, timezone }: JobData): string | null {
  if (last === null || last.attempts.length === 0) return null;
  const lines = last.attempts.map(({ attempt, state, reason, error, finished_at }) => {
    const why = firstLine(error) ?? (reason === null ? state : REASONS[reason]);
    return `${attempt}: ${state} ${zonedTime(finished_at, timezone)}, ${why}`;
  });
  if (last.retry_at !== null) {
    lines.push(`${last.attempt + 1}: not before ${zonedTime(last.retry_at, timezone)}`);
  }
  return lines.join("\n");
}

function mayCell({ may, unrestricted }: JobData): Cell | string {
  if (may.length === 0) return "nothing but compute";
  const text = may.join(", ");
  return unrestricted ? { text, style: "red" } : text;
}

function limitsText(job: JobData): string {
  return [
    `timeout ${job.timeout_ms === null ? "none" : durationText(job.timeout_ms)}`,
    `grace ${durationText(job.grace_ms)}`,
    `memory ${bytesText(job.memory_bytes)}`,
    `output ${bytesText(job.output_bytes)}`,
  ].join(", ");
}

function versionText({ version, code_sha256 }: JobData): string | null {
  if (version === null) return null;
  return code_sha256 === null ? version : `${version} (sha256 ${shortHash(code_sha256)})`;
}
