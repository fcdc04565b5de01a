import { diffLines } from "diff";
import type { Change, CodeFile } from "./change.ts";
import type { Plan } from "./plan.ts";

/** A file of a plugin's code at one side of a comparison. */
export interface CodeText {
  /** Relative to the root of the repository. */
  file: string;
  sha256: string;
  text: string;
  /** What it is, where that is more than a file: `link to …`, `submodule at …`, `executable`. */
  is?: string;
  /** What a job may do by it beyond its grant, as a phrase; absent where nothing. */
  leadsOut?: string;
}

/** By name: all files that something is made of. */
export type CodeTexts = ReadonlyMap<string, readonly CodeText[]>;

/** All code of one side of a comparison. */
export interface CodeSide {
  /** By plugin name: all files that the plugin is made of. */
  plugins: CodeTexts;
  /** By job name: the files that the job names, such as the script that its command starts. */
  named: CodeTexts;
  /** By plugin name: why it may be made of more than these files. */
  unknown: ReadonlyMap<string, readonly string[]>;
}

/** The plan with the files and lines that differ filled in where code changed. */
export function withCodeFiles(plan: Plan, sides: { before: CodeSide; after: CodeSide }): Plan {
  const changes = plan.changes.map((change): Change => {
    if (change.code === null) return change;
    const before = textsOf(change.before, sides.before);
    const after = textsOf(change.after, sides.after);
    const { run } = change.after ?? {};
    const unknown = run?.type === "plugin" ? (sides.after.unknown.get(run.plugin) ?? []) : [];
    const code = { ...change.code, files: changedFiles(before, after) };
    return {
      ...change,
      code: unknown.length > 0 ? { ...code, unknown: [...unknown] } : code,
      widened: [...change.widened, ...ledOut(before, after, change)],
    };
  });
  const widened = changes.filter((change) => change.widened.length > 0).length;
  return { ...plan, changes, summary: { ...plan.summary, widened } };
}

/** A new job says what it is granted anyway. */
function ledOut(before: readonly CodeText[], after: readonly CodeText[], change: Change): string[] {
  if (change.before === null || change.after === null) return [];
  const known = new Set(before.map(({ leadsOut }) => leadsOut));
  return after.flatMap(({ leadsOut }) => {
    return leadsOut === undefined || known.has(leadsOut) ? [] : [leadsOut];
  });
}

function textsOf(spec: Change["before"], { plugins, named }: CodeSide): readonly CodeText[] {
  if (spec === null) return [];
  const { run, name } = spec;
  const plugin = run.type === "plugin" ? (plugins.get(run.plugin) ?? []) : [];
  const files = new Set(plugin.map(({ file }) => file));
  return [...plugin, ...(named.get(name) ?? []).filter(({ file }) => !files.has(file))];
}

/** The files in which two states of a program differ, in the order of the later one. */
export function changedFiles(before: readonly CodeText[], after: readonly CodeText[]): CodeFile[] {
  const gone = new Map(before.map((text) => [text.file, text]));
  const changed: CodeFile[] = [];
  for (const later of after) {
    const known = gone.get(later.file) ?? null;
    gone.delete(later.file);
    if (known?.sha256 !== later.sha256) changed.push(changedFile(known, later));
  }
  for (const { file, text } of gone.values()) changed.push({ file, ...countLines(text, "") });
  return changed;
}

function changedFile(before: CodeText | null, after: CodeText): CodeFile {
  const { file, text } = after;
  const counts = countLines(before?.text ?? "", text);
  const note = noteOf(before, after);
  return note === null ? { file, ...counts } : { file, ...counts, note };
}

function noteOf(before: CodeText | null, { is }: CodeText): string | null {
  const was = before?.is;
  if (is === was) return null;
  if (was !== undefined) return is === undefined ? `no longer ${was}` : `${was} → ${is}`;
  if (is === undefined) return null;
  // A new file is all new, whatever its rights.
  if (before === null) return is === "executable" ? null : is;
  return `now ${is}`;
}

/** Texts that differ in more lines than this are counted as wholly replaced: the exact count takes long. */
const MAX_EDITS = 2_000;

function countLines(before: string, after: string): { added: number; removed: number } {
  const parts = diffLines(before, after, { maxEditLength: MAX_EDITS });
  if (parts === undefined) return { added: lineCount(after), removed: lineCount(before) };
  let added = 0;
  let removed = 0;
  for (const part of parts) {
    if (part.added) added += part.count;
    if (part.removed) removed += part.count;
  }
  return { added, removed };
}

function lineCount(text: string): number {
  return text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}
