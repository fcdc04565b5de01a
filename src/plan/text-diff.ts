import { diffArrays, structuredPatch } from "diff";

/** One stretch in which two texts differ, with a few equal lines around it. Lines count from 1. */
export interface TextHunk {
  old_start: number;
  old_lines: number;
  new_start: number;
  new_lines: number;
  /** Each begins with `-`, `+` or a blank. */
  lines: string[];
}

const CONTEXT_LINES = 3;
/** Texts that differ in more lines than this are not compared: it takes long, and nobody reads it. */
const MAX_EDITS = 4_000;

/** Where two texts differ, line by line; null where it is nearly everywhere. */
export function textHunks(before: string, after: string): TextHunk[] | null {
  const options = { context: CONTEXT_LINES, maxEditLength: MAX_EDITS };
  const patch = structuredPatch("", "", before, after, "", "", options);
  if (patch === undefined) return null;
  return patch.hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => ({
    old_start: oldStart,
    old_lines: oldLines,
    new_start: newStart,
    new_lines: newLines,
    lines: lines.filter((line) => !line.startsWith("\\")),
  }));
}

/** Which lines of `after` were in `before` already: line → line before, 1-based, in order. */
export function keptLines(before: string, after: string): Map<number, number> {
  const kept = new Map<number, number>();
  const parts = diffArrays(linesOf(before), linesOf(after), { maxEditLength: MAX_EDITS });
  let from = 1;
  let to = 1;
  for (const { added, removed, count } of parts ?? []) {
    if (!added && !removed) for (let at = 0; at < count; at += 1) kept.set(to + at, from + at);
    if (!added) from += count;
    if (!removed) to += count;
  }
  return kept;
}

/** A checkout may write other line ends than it keeps. */
function linesOf(text: string): string[] {
  return text.split(/\r?\n/);
}
