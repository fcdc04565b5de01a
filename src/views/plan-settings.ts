import type { FieldChange } from "../plan/fields.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { changedText } from "./spec-values.ts";

/** The settings beside the jobs that differ, one a line under a title; none where none do. */
export function settingsLines(settings: readonly FieldChange[], color: Paint): string[] {
  if (settings.length === 0) return [];
  return [
    color("bold", "Settings:"),
    ...settings.map((change) => `  ~ ${settingName(change)}  ${changedText(change)}`),
  ];
}

/** As the config file names it, as far as one name can. */
export function settingName({ path }: FieldChange): string {
  return printable(NAMES[path] ?? path);
}

const NAMES: Partial<Record<string, string>> = {
  "database.leaseMs": "database.lease",
  "retention.executionAgeMs": "retention.executions.age",
  "retention.executionsPerJob": "retention.executions.per_job",
  "retention.logAgeMs": "retention.logs",
  "retention.versionsPerJob": "retention.versions",
};
