import type { ExecutionStatus, JobStatus } from "../model/execution.ts";
import { shortHash } from "../model/short-hash.ts";
import type { ChangeAction } from "../plan/change.ts";
import { UNCOMMITTED, subjectText } from "./commit-text.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import { zonedTime } from "./schedule-times.ts";
import { stateCell } from "./status-style.ts";
import { renderTable } from "./table.ts";

/** The JSON of `blame`. Instants are ISO 8601 in UTC. */
export interface BlameData {
  job_name: string;
  /** Where the file declares the job; null where it does not. */
  place: { file: string; from: number; to: number } | null;
  /** By the commit that last changed them: what is not committed, then the newest first. */
  lines: BlamedKeys[];
  /** The files that the job's code is made of, its own first. */
  code: BlamedFile[];
  /** Why the file or its history tells nothing; else null. */
  git_note: string | null;
  /** The newest first; null where the database could not be asked. */
  revisions: JobRevisionItem[] | null;
  /** Why the database could not be asked; else null. */
  database_note: string | null;
}

export interface BlameCommitItem {
  commit: string;
  author: string;
  at: string;
  subject: string;
}

export interface BlamedKeys {
  /** Null: changed since the last commit. */
  commit: BlameCommitItem | null;
  keys: { key: string; from: number; to: number }[];
}

export interface BlamedFile {
  file: string;
  /** Null: never committed. */
  commit: BlameCommitItem | null;
  /** It differs from the last commit. */
  dirty: boolean;
}

/** One revision that changed the job, and its runs that retention has kept. */
export interface JobRevisionItem {
  /** Null: runs by hand before the job was declared. */
  revision: number | null;
  /** What it did to the job; null where that was not kept. */
  action: ChangeAction | null;
  renamed_from: string | null;
  from: string | null;
  /** Null: it is in force. */
  until: string | null;
  applied_by: string | null;
  git_commit: string | null;
  git_author: string | null;
  git_subject: string | null;
  git_dirty: boolean | null;
  runs: number;
  failed: number;
  /** One of three words; `last_state` is the exact value. */
  last_status: JobStatus | null;
  last_state: ExecutionStatus | null;
  version: string | null;
}

export interface BlameOptions {
  color: Paint;
  timezone: string;
}

/** Who last changed what of a job, and which commit ran when. */
export function renderBlame(data: BlameData, options: BlameOptions): string {
  const { color } = options;
  const sections = [
    [titleLine(data, color), ...data.lines.flatMap((group) => groupLines(group, options))],
    ...data.code.map((file) => fileLines(file, options)),
    data.git_note === null ? [] : [color("yellow", printable(data.git_note))],
  ];
  const texts = sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`);
  return [...texts, runsText(data, options)].join("\n");
}

function titleLine({ job_name, place }: BlameData, color: Paint): string {
  const name = color("bold", printable(job_name));
  if (place === null) return `${name} is not declared in the config file.`;
  const lines = rangeText(place);
  return `${name}  ${color("dim", `${printable(place.file)}, ${lines}`)}`;
}

function groupLines({ commit, keys }: BlamedKeys, options: BlameOptions): string[] {
  const shown = keys.map(({ key, from, to }) => {
    return `${printable(key)} ${options.color("dim", `(${rangeText({ from, to })})`)}`;
  });
  return [`  ${commitText(commit, options)}`, `      ${shown.join(", ")}`];
}

function fileLines({ file, commit, dirty }: BlamedFile, options: BlameOptions): string[] {
  const { color } = options;
  const edited = dirty && commit !== null ? color("yellow", `  ${UNCOMMITTED}`) : "";
  return [`${color("bold", printable(file))}${edited}`, `  ${commitText(commit, options)}`];
}

function commitText(commit: BlameCommitItem | null, { color, timezone }: BlameOptions): string {
  if (commit === null) return color("yellow", "not committed yet");
  const { commit: hash, author, at, subject } = commit;
  const by = `${zonedTime(at, timezone)}  ${printable(author)}`;
  return `${color("cyan", shortHash(hash))}  ${by}  ${printable(subject)}`;
}

function rangeText({ from, to }: { from: number; to: number }): string {
  return from === to ? `line ${from}` : `lines ${from}–${to}`;
}

function runsText({ revisions, database_note }: BlameData, options: BlameOptions): string {
  const { color, timezone } = options;
  if (revisions === null) {
    const why = database_note ?? "the database was not asked";
    return `${color("yellow", `Which commit ran when is not known: ${printable(why)}`)}\n`;
  }
  if (revisions.length === 0) return "It was never applied.\n";
  const at = (instant: string | null): string | null =>
    instant === null ? null : zonedTime(instant, timezone);
  return renderTable(revisions, {
    color,
    columns: [
      { title: "REVISION", cell: ({ revision }) => (revision === null ? null : String(revision)) },
      { title: "CHANGE", cell: changeText },
      { title: "FROM", cell: ({ from }) => at(from) },
      { title: "UNTIL", cell: (item) => at(item.until) ?? (isGone(item) ? null : "now") },
      { title: "RUNS", cell: ({ runs }) => String(runs) },
      { title: "FAILED", cell: ({ failed }) => failedCell(failed) },
      {
        title: "LAST",
        cell: ({ last_state }) => (last_state === null ? null : stateCell(last_state)),
      },
      { title: "CODE", cell: ({ version }) => version },
      {
        title: "COMMIT",
        cell: ({ git_commit }) => (git_commit === null ? null : shortHash(git_commit)),
      },
      // Whoever wrote the commit did not write what was changed since.
      {
        title: "BY",
        cell: (item) => (item.git_dirty === true ? null : item.git_author) ?? item.applied_by,
      },
      { title: "SUBJECT", cell: (item) => subjectText(item.git_subject, item.git_dirty) },
    ],
  });
}

function changeText({ revision, action, renamed_from }: JobRevisionItem): string | null {
  if (revision === null) return "by hand";
  return renamed_from === null ? action : `rename from ${renamed_from}`;
}

function isGone({ action }: JobRevisionItem): boolean {
  return action === "delete";
}

function failedCell(failed: number): { text: string; style?: "red" } {
  return failed === 0 ? { text: "0" } : { text: String(failed), style: "red" };
}
