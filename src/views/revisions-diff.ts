import type { Plan } from "../plan/plan.ts";
import { hasChanges } from "../plan/plan.ts";
import type { TextHunk } from "../plan/text-diff.ts";
import { commitText } from "./commit-text.ts";
import { maskPlan } from "./mask.ts";
import { maskLines } from "./mask-text.ts";
import type { Paint } from "./paint.ts";
import { renderPlan } from "./plan.ts";
import { printable } from "./printable.ts";
import type { RevisionItem, RevisionOptions } from "./revisions.ts";
import { revisionsTable } from "./revisions.ts";
import { zonedTime } from "./schedule-times.ts";
import { renderFields } from "./table.ts";

/** The JSON of `revisions diff`. */
export interface RevisionsDiffData {
  from: RevisionItem;
  to: RevisionItem;
  /** What lies between: after the older of the two, up to the newer; the newest first. */
  between: RevisionItem[];
  /** What leads from one to the other; null where not every revision kept its changes. */
  plan: Plan | null;
  /** Where there is no plan: the texts of the files, line by line. */
  text: TextDiff | null;
}

/** Two config files compared as texts. */
export interface TextDiff {
  same: boolean;
  /** Null where they differ nearly everywhere. */
  hunks: TextHunk[] | null;
}

/** What may be printed of it: the same without literal credentials. */
export function maskRevisionsDiff(data: RevisionsDiffData): RevisionsDiffData {
  const { plan, text } = data;
  const hunks = text?.hunks ?? null;
  return {
    ...data,
    plan: plan === null ? null : maskPlan(plan),
    text: text === null ? null : { ...text, hunks: hunks === null ? null : maskHunks(hunks) },
  };
}

/**
 * What happened between two revisions, for people. The plan and the texts come as they are, and
 * credentials are hidden in what is shown.
 */
export function renderRevisionsDiff(data: RevisionsDiffData, options: RevisionOptions): string {
  const { color, timezone } = options;
  const sides: [string, string][] = [
    ["From", sideText(data.from, timezone)],
    ["To", sideText(data.to, timezone)],
  ];
  const back = data.to.id < data.from.id;
  const title = back ? "Taken back are:" : "Between them were applied:";
  return [
    renderFields(sides, { color }),
    ...(data.between.length === 0
      ? []
      : [`${color("bold", title)}\n${revisionsTable(data.between, options)}`]),
    differenceText(data, options),
  ].join("\n");
}

/** Before each line stands the sign that tells whether it came or went. */
function maskHunks(hunks: readonly TextHunk[]): TextHunk[] {
  return hunks.map((hunk) => {
    const masked = maskLines(hunk.lines.map((line) => line.slice(1)));
    return { ...hunk, lines: masked.map((line, index) => `${hunk.lines[index]?.[0]}${line}`) };
  });
}

function sideText(revision: RevisionItem, timezone: string): string {
  const { id, in_force, applied_at, applied_by, git_commit, git_dirty } = revision;
  const commit =
    git_commit === null ? "" : `, ${commitText({ commit: git_commit, dirty: git_dirty })}`;
  const applied = `applied ${zonedTime(applied_at, timezone)} by ${applied_by}`;
  return `revision ${id}${in_force ? " (in force)" : ""}, ${applied}${commit}`;
}

function differenceText({ plan, text }: RevisionsDiffData, options: RevisionOptions): string {
  const { color, width } = options;
  if (plan !== null && hasChanges(plan)) {
    // They stand above, with more words.
    return renderPlan(
      { ...plan, sides: null },
      { color, ...(width === undefined ? {} : { width }) },
    );
  }
  if (plan !== null) return "No job differs between them.\n";
  const why = color(
    "yellow",
    "Not all of them kept what they changed, so the files are compared as texts; changed code does not show.",
  );
  return `${why}\n\n${hunksText(text, color)}`;
}

function hunksText(text: TextDiff | null, color: Paint): string {
  if (text === null || text.same) return "The files are the same.\n";
  if (text.hunks === null) return "The files differ nearly everywhere.\n";
  return maskHunks(text.hunks)
    .map(({ old_start, old_lines, new_start, new_lines, lines }) => {
      const title = `@@ -${old_start},${old_lines} +${new_start},${new_lines} @@`;
      return `${[color("cyan", title), ...lines.map((line) => lineText(line, color))].join("\n")}\n`;
    })
    .join("");
}

function lineText(line: string, color: Paint): string {
  const shown = printable(line);
  if (line.startsWith("+")) return color("green", shown);
  return line.startsWith("-") ? color("red", shown) : shown;
}
