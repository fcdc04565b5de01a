import { diffLines } from "diff";
import type { Change } from "./change.ts";
import type { Plan } from "./plan.ts";

/** One file of a job's code that differs, by how many of its lines. */
export interface CodeFile {
  /** Relative to the root of the repository. */
  file: string;
  added: number;
  removed: number;
}

/** A file of a plugin's code at one side of a comparison. */
export interface CodeText {
  /** Relative to the root of the repository. */
  file: string;
  sha256: string;
  text: string;
}

/** By plugin name: all files that the plugin is made of. */
export type CodeTexts = ReadonlyMap<string, readonly CodeText[]>;

/** The plan with the files and lines that differ filled in where code changed. */
export function withCodeFiles(plan: Plan, sides: { before: CodeTexts; after: CodeTexts }): Plan {
  const changes = plan.changes.map((change): Change => {
    if (change.code === null) return change;
    const before = textsOf(change.before, sides.before);
    const after = textsOf(change.after, sides.after);
    return { ...change, code: { ...change.code, files: changedFiles(before, after) } };
  });
  return { ...plan, changes };
}

function textsOf(spec: Change["before"], texts: CodeTexts): readonly CodeText[] {
  return spec?.run.type === "plugin" ? (texts.get(spec.run.plugin) ?? []) : [];
}

/** The files in which two states of a program differ, in the order of the later one. */
export function changedFiles(before: readonly CodeText[], after: readonly CodeText[]): CodeFile[] {
  const gone = new Map(before.map((text) => [text.file, text]));
  const changed: CodeFile[] = [];
  for (const { file, sha256, text } of after) {
    const known = gone.get(file);
    gone.delete(file);
    if (known?.sha256 !== sha256) changed.push({ file, ...countLines(known?.text ?? "", text) });
  }
  for (const { file, text } of gone.values()) changed.push({ file, ...countLines(text, "") });
  return changed;
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
