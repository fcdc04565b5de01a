import type { DefaultedField, JobSpec } from "../model/job.ts";
import { durationText } from "../model/job.ts";
import { shortHash } from "../model/short-hash.ts";
import type { Change, ChangeAction } from "../plan/change.ts";
import { isUnrestricted } from "../plan/permissions.ts";
import { unknownTexts } from "./code-text.ts";
import type { Paint, Style } from "./paint.ts";
import { detail, fieldLines, requestLines } from "./plan-fields.ts";
import { dueLines } from "./plan-times.ts";
import { mainPolicies, otherPolicies } from "./policies.ts";
import { printable } from "./printable.ts";
import { bytesText, enforceText, runText, sourcesText, timingText } from "./spec-values.ts";

export interface ChangeOptions {
  color: Paint;
  /** Columns of the terminal. */
  width: number;
}

const SIGNS: Record<ChangeAction, { symbol: string; style: Style }> = {
  create: { symbol: "+", style: "green" },
  update: { symbol: "~", style: "yellow" },
  enable: { symbol: "~", style: "yellow" },
  disable: { symbol: "~", style: "yellow" },
  delete: { symbol: "-", style: "red" },
  none: { symbol: " ", style: "dim" },
};

/** The lines of one change: what happens to the job, and all that a reviewer must weigh. */
export function changeLines(change: Change, options: ChangeOptions): string[] {
  const { color } = options;
  const { symbol, style } = SIGNS[change.action];
  const title = `${symbol} ${printable(change.name)}`;
  const lines = [`  ${color(style, color("bold", title))}  ${color("dim", deedOf(change))}`];
  for (const phrase of change.widened) {
    lines.push(color("red", `    ! ${printable(phrase)}`) + color("dim", "  widens permissions"));
  }
  if (change.action === "create") lines.push(...createdLines(change, options));
  else if (change.action === "delete") lines.push(...deletedLines(change, options));
  else lines.push(...updatedLines(change, options));
  if (change.live.effect !== null) lines.push(detail("live", printable(change.live.effect)));
  return lines;
}

function deedOf({ action, renamedFrom }: Change): string {
  return renamedFrom === null ? action : `renamed from ${printable(renamedFrom)}, history kept`;
}

function createdLines(change: Change, options: ChangeOptions): string[] {
  const spec = change.after;
  if (spec === null) return [];
  const mark = (field: DefaultedField): string =>
    change.defaulted.includes(field) ? " (default)" : "";
  const lines: string[] = [];
  if (spec.description !== "") lines.push(detail("description", printable(spec.description)));
  lines.push(detail("runs", runText(spec.run)), ...requestLines(spec));
  const enforce = enforceText(spec.run);
  if (enforce !== null) lines.push(detail("enforce", `${enforce}${mark("enforce")}`));
  lines.push(detail("schedule", `${timingText(spec.schedule)}${mark("schedule")}`));
  lines.push(...dueLines(change, options));
  if (!spec.enabled) lines.push(detail("enabled", `false${mark("enabled")}`));
  lines.push(mayLine(change, options.color));
  if (Object.keys(spec.parameters).length > 0) {
    lines.push(detail("parameters", printable(JSON.stringify(spec.parameters))));
  }
  if (Object.keys(spec.env).length > 0) lines.push(detail("env", sourcesText(spec.env)));
  if (spec.cwd !== null) lines.push(detail("cwd", printable(spec.cwd)));
  if (spec.tags.length > 0) lines.push(detail("tags", printable(spec.tags.join(", "))));
  lines.push(detail("limits", limitsText(spec, mark)), ...policyLines(spec, mark));
  if (change.code !== null) lines.push(...codeLines(change.code));
  return lines;
}

function deletedLines(change: Change, options: ChangeOptions): string[] {
  const { before } = change;
  if (before === null) return [];
  const was = detail("was", `${timingText(before.schedule)}, ${runText(before.run)}`);
  return [was, ...dueLines(change, options)];
}

function updatedLines(change: Change, options: ChangeOptions): string[] {
  const told = change.renamedFrom === null ? [] : ["name"];
  const lines = change.fields
    .filter(({ path }) => !told.includes(path))
    .flatMap((field) => fieldLines(field, change));
  if (change.code !== null) lines.push(...codeLines(change.code));
  const rescheduled = change.fields.some(({ path }) => path.startsWith("schedule"));
  if (change.times !== null || rescheduled || change.action === "enable") {
    lines.push(...dueLines(change, options));
  }
  if (change.widened.length > 0) lines.push(mayLine(change, options.color));
  return lines;
}

function mayLine({ after, granted }: Change, color: Paint): string {
  if (granted.length === 0) return detail("may", "nothing but compute");
  const text = printable(granted.join(", "));
  return detail("may", after !== null && isUnrestricted(after) ? color("red", text) : text);
}

function limitsText(spec: JobSpec, mark: (field: DefaultedField) => string): string {
  const timeout = spec.timeoutMs === null ? "none" : durationText(spec.timeoutMs);
  return [
    `timeout ${timeout}${mark("timeoutMs")}`,
    `grace ${durationText(spec.graceMs)}${mark("graceMs")}`,
    `memory ${bytesText(spec.memoryBytes)}${mark("memoryBytes")}`,
    `output ${bytesText(spec.outputBytes)}${mark("outputBytes")}`,
  ].join(", ");
}

function policyLines(spec: JobSpec, mark: (field: DefaultedField) => string): string[] {
  const main = mainPolicies(spec).map(({ field, label, text }) => `${label} ${text}${mark(field)}`);
  return [
    detail("policies", main.join("; ")),
    ...otherPolicies(spec).map(({ label, text }) => detail(label, text)),
  ];
}

function codeLines(code: NonNullable<Change["code"]>): string[] {
  const short = (sha256: string | null): string => (sha256 === null ? "none" : shortHash(sha256));
  const { before, after } = code;
  const hashes = before === null ? short(after) : `${short(before)} → ${short(after)}`;
  return [detail("code", hashes), ...unknownTexts(code).map((text) => detail("", text))];
}
