import type { JsonObject } from "../model/json.ts";
import type { Paint } from "./paint.ts";
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
  /** The file differed from the commit. */
  git_dirty: boolean | null;
  summary: JsonObject;
  in_force: boolean;
}

export interface RevisionsData {
  revisions: RevisionItem[];
  total: number;
}

/** The JSON of `revisions show`. */
export interface RevisionData extends RevisionItem {
  /** The text of the config file. */
  source: string;
}

export interface RevisionOptions {
  color: Paint;
  timezone: string;
}

/** Applied configs as a table, the newest first. */
export function renderRevisions(data: RevisionsData, { color, timezone }: RevisionOptions): string {
  if (data.revisions.length === 0) return "Nothing was applied yet.\n";
  return renderTable(data.revisions, {
    color,
    columns: [
      { title: "ID", cell: ({ id }) => String(id) },
      { title: "APPLIED", cell: (revision) => zonedTime(revision.applied_at, timezone) },
      { title: "BY", cell: (revision) => revision.applied_by },
      { title: "COMMIT", cell: commitText },
      { title: "CHANGES", cell: ({ summary }) => summaryText(summary) },
      { title: "AUTHOR", cell: (revision) => revision.git_author },
      { title: "SUBJECT", cell: (revision) => revision.git_subject },
    ],
  });
}

/** One applied config with its text. */
export function renderRevision(data: RevisionData, { color, timezone }: RevisionOptions): string {
  const fields = renderFields(
    [
      ["Revision", `${data.id}${data.in_force ? " (in force)" : ""}`],
      ["Applied", `${zonedTime(data.applied_at, timezone)} by ${data.applied_by}`],
      ["File", data.config_file],
      ["Hash", data.config_hash],
      ["Commit", commitText(data)],
      ["Author", data.git_author],
      ["Subject", data.git_subject],
      ["Changes", summaryText(data.summary)],
    ],
    { color },
  );
  const lines = data.source.replace(/\n$/, "").split("\n");
  return `${fields}\n${lines.map(printable).join("\n")}\n`;
}

function commitText({ git_commit, git_dirty }: RevisionItem): string | null {
  if (git_commit === null) return null;
  return `${git_commit.slice(0, 12)}${git_dirty === true ? " and changes" : ""}`;
}

const COUNTS = [
  ["create", "+"],
  ["update", "~"],
  ["enable", "enabled "],
  ["disable", "disabled "],
  ["delete", "-"],
] as const;

function summaryText(summary: JsonObject): string {
  const parts = COUNTS.flatMap(([key, sign]) => {
    const count = summary[key];
    return typeof count === "number" && count > 0 ? [`${sign}${count}`] : [];
  });
  return parts.join(" ") || "none";
}
