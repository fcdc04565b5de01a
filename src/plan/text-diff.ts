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
/** Texts with more lines taken out and put in are not compared: it takes long, and nobody reads it. */
const MAX_EDITS = 2_000;

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

/**
 * Which lines of `after` were in `before` already: line → line before, 1-based, in order; null where
 * too many differ to say.
 */
export function keptLines(before: string, after: string): Map<number, number> | null {
  const old = linesOf(before);
  const now = linesOf(after);
  const most = Math.min(old.length, now.length);
  const head = equalLines(most, (index) => old[index] === now[index]);
  const tail = equalLines(most - head, (index) => old.at(-1 - index) === now.at(-1 - index));
  const middle = {
    old: old.slice(head, old.length - tail),
    now: now.slice(head, now.length - tail),
  };
  const parts = diffArrays(middle.old, middle.now, { maxEditLength: MAX_EDITS });
  if (parts === undefined) return null;
  const kept = new Map<number, number>();
  let from = 1;
  let to = 1;
  for (const { added, removed, count } of [equal(head), ...parts, equal(tail)]) {
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

/** How many of the first `most` are equal before one is not. */
function equalLines(most: number, isEqual: (index: number) => boolean): number {
  let count = 0;
  while (count < most && isEqual(count)) count += 1;
  return count;
}

function equal(count: number): { added: boolean; removed: boolean; count: number } {
  return { added: false, removed: false, count };
}
