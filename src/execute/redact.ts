import { shortened } from "../sandbox/shorten.ts";
import { spellingsOf } from "./spellings.ts";

/** Shorter values would blank out ordinary words. */
export const MIN_SECRET_LENGTH = 6;

const MARK = "[redacted]";

/** Where a text was cut, so that a value may have lost its other part. */
export interface Cut {
  start?: boolean;
  end?: boolean;
}

export type Redact = (text: string, cut?: Cut) => string;

/** A stretch of a text, the end excluded. */
export interface Stretch {
  from: number;
  to: number;
}

/**
 * Replaces secret values in a text, also where they are written as base64, in a URL or in JSON. Best
 * effort: a job that means to show a secret can always find another spelling.
 */
export function createRedactor(secrets: readonly string[]): Redact {
  const needles = needlesOf(secrets);
  if (needles.length === 0) return (text) => text;
  return (text, cut = {}) => blank(text, findSecrets(text, needles, cut));
}

/** The same for a text that a job's process may have cut: of a value at the cut the rest is hidden. */
export function redactShortened(text: string, redact: Redact): string {
  const cut = shortened(text);
  return cut === null ? redact(text) : redact(cut.kept, { end: true }) + cut.mark;
}

/** Everything that is looked for. */
export function needlesOf(secrets: readonly string[]): string[] {
  const values = secrets.flatMap((secret) => [secret, ...linesOf(secret)]);
  const long = values.filter((value) => value.length >= MIN_SECRET_LENGTH);
  return [...new Set(long.flatMap(spellingsOf))];
}

/** Where secrets stand in a text, in order; what overlaps is one stretch, so that nothing of it is left. */
export function findSecrets(text: string, needles: readonly string[], cut: Cut = {}): Stretch[] {
  const found: Stretch[] = [];
  for (const needle of needles) {
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
      found.push({ from: at, to: at + needle.length });
    }
    if (cut.end === true) {
      const left = overlap(text, needle);
      if (left > 0) found.push({ from: text.length - left, to: text.length });
    }
    if (cut.start === true) {
      const left = overlap(needle, text);
      if (left > 0) found.push({ from: 0, to: left });
    }
  }
  return merged(found);
}

/** The text without its secrets. */
export function blank(text: string, secrets: readonly Stretch[]): string {
  let shown = "";
  let end = 0;
  for (const { from, to } of secrets) {
    shown += text.slice(end, from) + MARK;
    end = to;
  }
  return shown + text.slice(end);
}

/** Output is redacted line by line, so a value of several lines is looked for line by line. */
function linesOf(secret: string): string[] {
  return secret.includes("\n") ? secret.split(/\r?\n/) : [];
}

/** How many characters at the end of `left` are the first of `right`, if that is no accident. */
function overlap(left: string, right: string): number {
  for (let size = Math.min(left.length, right.length - 1); size >= MIN_SECRET_LENGTH; size -= 1) {
    if (left.endsWith(right.slice(0, size))) return size;
  }
  return 0;
}

function merged(found: Stretch[]): Stretch[] {
  const ordered = found.sort((a, b) => a.from - b.from || b.to - a.to);
  const apart: Stretch[] = [];
  for (const { from, to } of ordered) {
    const last = apart.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else apart.push({ from, to });
  }
  return apart;
}
