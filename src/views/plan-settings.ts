import type { FieldChange } from "../plan/fields.ts";
import { durationText } from "../model/job.ts";
import type { JsonValue } from "../model/json.ts";
import { isRecord } from "../model/json.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { changedText } from "./spec-values.ts";

/** The settings beside the jobs that differ, one a line under a title; none where none do. */
export function settingsLines(settings: readonly FieldChange[], color: Paint): string[] {
  if (settings.length === 0) return [];
  return [
    color("bold", "Settings:"),
    ...settings.map((change) => `  ~ ${settingName(change)}  ${settingText(change)}`),
  ];
}

/** As the config file names it, as far as one name can. */
export function settingName({ path }: FieldChange): string {
  return printable(NAMES[path] ?? path);
}

/** An age may be one for all lines, or one for each level. */
function settingText(change: FieldChange): string {
  const { path, before, after } = change;
  if (path !== "retention.logAgeMs") return changedText(change);
  return `${logAge(before)} → ${logAge(after)}`;
}

function logAge(value: JsonValue): string {
  if (!isRecord(value)) return typeof value === "number" ? durationText(value) : "(nothing)";
  const ages = Object.entries(value).map(
    ([name, ms]) => `${name.replace(/Ms$/, "")} ${typeof ms === "number" ? durationText(ms) : ""}`,
  );
  return printable(ages.join(", "));
}

const NAMES: Partial<Record<string, string>> = {
  "database.leaseMs": "database.lease",
  "node.heartbeat.everyMs": "node.heartbeat.every",
  "retention.executionAgeMs": "retention.executions.age",
  "retention.executionsPerJob": "retention.executions.per_job",
  "retention.logAgeMs": "retention.logs",
  "retention.logAgeMs.debugMs": "retention.logs.debug",
  "retention.logAgeMs.infoMs": "retention.logs.info",
  "retention.logAgeMs.warnMs": "retention.logs.warn",
  "retention.logAgeMs.errorMs": "retention.logs.error",
  "retention.logsKeptBy": "retention.logs, kept longer by",
  "retention.versionsPerJob": "retention.versions",
};
