import type { JobSpec } from "../model/job.ts";
import { isTexts } from "../model/json.ts";
import type { Change } from "../plan/change.ts";
import type { FieldChange } from "../plan/fields.ts";
import { widenings } from "../plan/permissions.ts";
import { hookText } from "./policies.ts";
import { printable } from "./printable.ts";
import { changedText, fieldLabel, requestTexts, runText, timingText } from "./spec-values.ts";

const LABEL_COLUMNS = 12;
const INDENT = "      ";

/** One labelled line below the name of a job. */
export function detail(label: string, text: string): string {
  return `${INDENT}${label.padEnd(LABEL_COLUMNS)} ${text}`;
}

/** The lines of one field that differs; none where it is already shown as widened. */
export function fieldLines(field: FieldChange, change: Change): string[] {
  const { path, before, after } = field;
  const label = fieldLabel(path);
  if (path === "schedule" || path === "run" || path === "onFailure") {
    return wholeLines(path, change);
  }
  const widened = widenedEntries(path, change);
  if (isTexts(before) && isTexts(after) && path !== "run.command") {
    return listLines({ label, before, after }, widened);
  }
  if (widened.includes(null)) return [];
  return [detail(label, changedText(field))];
}

/** What a request sends and expects; nothing for jobs of another kind. */
export function requestLines({ run }: JobSpec): string[] {
  return run.type === "http"
    ? requestTexts(run.http).map(([label, text]) => detail(label, text))
    : [];
}

/** What became something of another kind, in words instead of JSON. */
function wholeLines(path: "schedule" | "run" | "onFailure", { before, after }: Change): string[] {
  if (before === null || after === null) return [];
  if (path === "onFailure") {
    const [from, to] = [before, after].map(({ onFailure }) =>
      onFailure === null ? "(nothing)" : hookText(onFailure),
    );
    return [detail("on failure", `${from} → ${to}`)];
  }
  if (path === "schedule") {
    return [detail(path, `${timingText(before.schedule)} → ${timingText(after.schedule)}`)];
  }
  return [detail("runs", `${runText(before.run)} → ${runText(after.run)}`), ...requestLines(after)];
}

/** What is already shown as widened of a field: entries of its list, or null for all of it. */
function widenedEntries(path: string, { before, after }: Change): (string | null)[] {
  if (before === null || after === null) return [];
  return widenings(before, after)
    .filter(({ permission }) => permission !== null && path === `permissions.${permission}`)
    .map(({ entry }) => entry);
}

/** What went from a list and what came, without what is shown as widened. */
function listLines(
  list: { label: string; before: string[]; after: string[] },
  widened: readonly (string | null)[],
): string[] {
  const { label, before, after } = list;
  const gone = before.filter((entry) => !after.includes(entry));
  const come = after.filter((entry) => !before.includes(entry));
  if (gone.length + come.length === 0) return [detail(label, "in another order")];
  const parts = [
    ...gone.map((entry) => `- ${entry}`),
    ...come.filter((entry) => !widened.includes(entry)).map((entry) => `+ ${entry}`),
  ];
  return parts.length === 0 ? [] : [detail(label, printable(parts.join(", ")))];
}
