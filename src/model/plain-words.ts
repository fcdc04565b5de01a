import type { Stretch } from "./credentials.ts";

/** A line for a shell in which it is beyond doubt what stands in quotes. */
export interface PlainWords {
  /**
   * The line, of the same length, with the contents of quotes and what is escaped filled up, so that
   * each word is one run without blanks and operators. Of what is in `"…"`, each `$` is left.
   */
  outline: string;
  /** What of a word is text: all but its variables, and but the quotes that are around all of it. */
  literals(word: Stretch): Stretch[];
}

/**
 * Reads the quotes of a line; null where that takes more than to look for the other quote. Whoever
 * wants to hide a command would else write what this takes for a text in quotes and a shell does not.
 */
export function readPlainWords(line: string): PlainWords | null {
  if (DOUBTFUL.test(line) || READS_AGAIN.test(line)) return null;
  const outline = line.replace(QUOTED, filledUp);
  if (/["']/.test(outline.replace(OUTLINED, ""))) return null;
  return { outline, literals: (word) => literalsOf(word, { line, outline }) };
}

/**
 * Substitutions, which may hold quotes in quotes; the quotes of one shell alone; texts in place and
 * comments, in which a quote means nothing.
 */
const DOUBTFUL = /`|\$[({['"]|[<>]\(|<<|(?:^|[\s;|&()])#/;

/** What reads texts as lines once more, so that what one shell takes for a text another one runs. */
const READS_AGAIN =
  /(?:^|[\s;|&()/"'\\])(?:eval|source|\.|alias|ssh|rsh|su|watch|parallel|(?:ba|da|k|z|a)?sh)(?:$|[\s;|&()"'\\])/;

const QUOTED = /\\[^]|'[^']*'|"(?:\\[^]|[^"\\])*"/g;
const OUTLINED = /(["'])[\0$]*\1/g;

function filledUp(quoted: string): string {
  const quote = quoted.charAt(0);
  if (quote === "\\") return fill(quoted);
  const content = quoted.slice(1, -1).replace(quote === "'" ? /[^]/g : /\\[^]|[^$]/g, fill);
  return quote + content + quote;
}

function fill(text: string): string {
  return "\0".repeat(text.length);
}

function literalsOf(
  { start, end }: Stretch,
  { line, outline }: { line: string; outline: string },
): Stretch[] {
  const isQuoted = /^(["'])[\0$]*\1$/.test(outline.slice(start, end));
  const last = isQuoted ? end - 1 : end;
  const found: Stretch[] = [];
  let from = isQuoted ? start + 1 : start;
  for (const { index } of outline.slice(start, last).matchAll(/\$/g)) {
    const at = start + index;
    found.push({ start: from, end: at });
    VARIABLE.lastIndex = at;
    from = at + (VARIABLE.exec(line)?.[0].length ?? 1);
  }
  return [...found, { start: from, end: last }].filter((piece) => piece.start < piece.end);
}

const VARIABLE = /\$\w*/y;
