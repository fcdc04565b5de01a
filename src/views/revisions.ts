import type { JsonObject } from "../model/json.ts";
import { shortHash } from "../model/short-hash.ts";
import type { Plan } from "../plan/plan.ts";
import { hasChanges } from "../plan/plan.ts";
import { UNCOMMITTED, subjectText } from "./commit-text.ts";
import { maskPlan } from "./mask.ts";
import { maskLines } from "./mask-text.ts";
import type { Paint } from "./paint.ts";
import { renderPlan } from "./plan.ts";
import { printable } from "./printable.ts";
import { zonedTime } from "./schedule-times.ts";
import { renderFields, renderTable } from "./table.ts";

/** One applied config in the JSON of `revisions list`. */
export interface RevisionItem {
  id: number;
  /** ISO 8601 in UTC. */
  applied_at: string;
  applied_by: string;
  config_file: string;
  config_hash: string;
  git_commit: string | null;
  git_author: string | null;
  git_subject: string | null;
  /** The file differed from the commit, whose author hence did not write all of it. */
  git_dirty: boolean | null;
  summary: JsonObject;
  /** The settings of the file, all but its jobs, differ from the revision before. */
  settings_changed: boolean;
  in_force: boolean;
}

export interface RevisionsData {
  revisions: RevisionItem[];
  total: number;
}

/** The JSON of `revisions show`. */
export interface RevisionData extends RevisionItem {
  /** What it changed; null where it was applied before changes were kept. */
  plan: Plan | null;
  /** The text of the config file. */
  source: string;
}

export interface RevisionOptions {
  color: Paint;
  timezone: string;
  /** Columns of the terminal; 100 where it is not known. */
  width?: number;
}

/**
 * What may be printed of a revision: the same without literal credentials. The text of the config is
 * hence not the one that was applied, letter by letter; whoever needs that one has it in git, where
 * the credential must be dealt with, too.
 */
export function maskRevision(data: RevisionData): RevisionData {
  const { plan, source } = data;
  const lines = maskLines(source.split("\n"));
  return { ...data, plan: plan === null ? null : maskPlan(plan), source: lines.join("\n") };
}

/** Applied configs as a table, the newest first. */
export function renderRevisions(data: RevisionsData, options: RevisionOptions): string {
  if (data.revisions.length === 0) return "Nothing was applied yet.\n";
  return revisionsTable(data.revisions, options);
}

/** Revisions below each other, as they come. */
export function revisionsTable(
  revisions: readonly RevisionItem[],
  { color, timezone }: RevisionOptions,
): string {
  return renderTable(revisions, {
    color,
    columns: [
      { title: "ID", cell: ({ id }) => String(id) },
      { title: "APPLIED", cell: (revision) => zonedTime(revision.applied_at, timezone) },
      { title: "BY", cell: (revision) => revision.applied_by },
      { title: "COMMIT", cell: commitText },
      { title: "CHANGES", cell: changesText },
      // Whoever wrote the commit did not write what was changed since.
      { title: "AUTHOR", cell: (revision) => (isEdited(revision) ? null : revision.git_author) },
      {
        title: "SUBJECT",
        cell: (revision) => subjectText(revision.git_subject, isEdited(revision)),
      },
    ],
  });
}

/**
 * One applied config: who and when, what it changed, and its text. They come as they are, and
 * credentials are hidden in what is shown.
 */
export function renderRevision(data: RevisionData, options: RevisionOptions): string {
  const { color, width } = options;
  const lines = maskLines(data.source.replace(/\n$/, "").split("\n"));
  return [
    renderFields(revisionFields(data, options), { color }),
    ...changedText(data, { color, ...(width === undefined ? {} : { width }) }),
    `${lines.map(printable).join("\n")}\n`,
  ].join("\n");
}

/** Who applied a revision, when, and from which commit. */
function revisionFields(
  data: RevisionItem,
  { timezone }: RevisionOptions,
): [string, string | null][] {
  const { git_commit, git_author, git_subject } = data;
  const fields: [string, string | null][] = [
    ["Revision", `${data.id}${data.in_force ? " (in force)" : ""}`],
    ["Applied", `${zonedTime(data.applied_at, timezone)} by ${data.applied_by}`],
    ["File", data.config_file],
    ["Hash", data.config_hash],
  ];
  const changes: [string, string] = ["Changes", changesText(data)];
  if (git_commit === null) return [...fields, changes];
  const commit = shortHash(git_commit);
  const origin: [string, string | null][] = isEdited(data)
    ? [
        ["Base", `commit ${commit} by ${git_author}: ${git_subject}`],
        ["Edited", `${UNCOMMITTED}, applied by ${data.applied_by}`],
      ]
    : [
        ["Commit", commit],
        ["Author", git_author],
        ["Subject", git_subject],
      ];
  return [...fields, ...origin, changes];
}

function changedText(
  { plan, summary }: RevisionData,
  options: { color: Paint; width?: number },
): string[] {
  // The sides are named above.
  if (plan !== null) return hasChanges(plan) ? [renderPlan({ ...plan, sides: null }, options)] : [];
  if (summaryText(summary) === "none") return [];
  return ["What it changed was not kept by the version of Cronverge that applied it.\n"];
}

function isEdited({ git_commit, git_dirty }: RevisionItem): boolean {
  return git_commit !== null && git_dirty === true;
}

function commitText({ git_commit }: RevisionItem): string | null {
  return git_commit === null ? null : shortHash(git_commit);
}

const COUNTS = [
  ["create", "+"],
  ["update", "~"],
  ["enable", "enabled "],
  ["disable", "disabled "],
  ["delete", "-"],
] as const;

function changesText({ summary, settings_changed }: RevisionItem): string {
  const jobs = summaryText(summary);
  if (!settings_changed) return jobs;
  return jobs === "none" ? "settings" : `${jobs}, settings`;
}

function summaryText(summary: JsonObject): string {
  const parts = COUNTS.flatMap(([key, sign]) => {
    const count = summary[key];
    return typeof count === "number" && count > 0 ? [`${sign}${count}`] : [];
  });
  return parts.join(" ") || "none";
}
