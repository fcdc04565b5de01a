import { durationText } from "../model/job.ts";
import type { ExecutionStatus } from "../model/execution.ts";
import type { JsonObject } from "../model/json.ts";
import { shortHash } from "../model/short-hash.ts";
import type { JobItem } from "./jobs.ts";
import type { Paint } from "./paint.ts";
import { zonedTime } from "./schedule-times.ts";
import { bytesText } from "./spec-values.ts";
import { stateCell } from "./status-style.ts";
import type { Cell } from "./table.ts";
import { renderFields } from "./table.ts";

/** The JSON of `jobs show`. */
export interface JobData extends JobItem {
  /** The exact state of the last execution; `last_status` is one of three words. */
  last_state: ExecutionStatus | null;
  last_message: string | null;
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
  tags: string[];
  override: { enabled: boolean; by: string; reason: string | null; at: string } | null;
  revision: number | null;
  version: string | null;
  code_sha256: string | null;
}

/** One job with all that people ask about it. */
export function renderJob(job: JobData, { color }: { color: Paint }): string {
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
      ["Crashed", job.crashed === null ? null : { text: job.crashed, style: "red" }],
      ["Last run", at(job.last_run) ?? "never"],
      ["Last result", resultCell(job)],
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

function resultCell({ last_state, last_status }: JobData): Cell | string | null {
  return last_state === null ? last_status : stateCell(last_state);
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
