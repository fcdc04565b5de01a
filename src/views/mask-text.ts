import { credentialsInCommand, endBeforeCode } from "../model/command-credentials.ts";
import type { Stretch } from "../model/credentials.ts";
import { hideStretches, mayBeSecretName, mergeStretches } from "../model/credentials.ts";

/** What is shown in place of a credential. */
export const MASK = "***";

/**
 * Lines of a config file without the literal credentials in them: the values behind keys with such a
 * name, also where they stand below the key, and what looks like one anywhere. What is looked up
 * (`{env: NAME}`) stays, and so does what a shell would run.
 */
export function maskLines(lines: readonly string[]): string[] {
  const open: Open = { secret: null, values: null, key: false };
  return lines.map((line) => {
    if (open.key || KEY_START.test(line)) {
      const inKey = open.key;
      open.key = !KEY_END.test(line);
      return inKey ? maskContent(line) : hideInLine(line, () => MASK);
    }
    closeBlocks(open, line);
    if (open.secret !== null && isBelow(open, line)) return maskBelow(line);
    openBlocks(open, line);
    return hideInLine(line, () => MASK);
  });
}

/** One line with each credential as long as it was, so that what stands below a column stays there. */
export function starLine(line: string): string {
  return hideInLine(line, stars);
}

/** A stretch of a line as stars; what a shell would run is left as it is. */
export function starStretch(line: string, stretch: Stretch): string {
  return hideStretches(line, endBeforeCode(line, stretch), stars);
}

function stars(hidden: string): string {
  return "*".repeat(hidden.length);
}

/** What the lines that come next are a part of. The numbers are indents. */
interface Open {
  /** The key of a secret without its value. */
  secret: number | null;
  /** A map of names to values, in which each name may be that of a secret. */
  values: number | null;
  /** A private key. */
  key: boolean;
}

function closeBlocks(open: Open, line: string): void {
  if (line.trim() === "") return;
  const indent = indentOf(line);
  if (open.secret !== null && indent <= open.secret) open.secret = null;
  if (open.values !== null && indent <= open.values) open.values = null;
}

/** `token:` or `token: |` has its value on the lines below; but a job may have such a name, too. */
function openBlocks(open: Open, line: string): void {
  const name = OPEN_KEY.exec(line.trimEnd())?.groups?.["name"];
  if (name === undefined) return;
  if (VALUES.test(name)) open.values ??= indentOf(line);
  else if (mayBeSecretName(name)) open.secret = indentOf(line);
}

function isBelow(open: Open, line: string): boolean {
  if (open.values !== null || !ENTRY.test(line)) return true;
  open.secret = null;
  return false;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** A line below the key of a secret. */
function maskBelow(line: string): string {
  if (LOOKUP.test(line) || OPEN_KEY.test(line.trimEnd())) return line;
  const entry = ENTRY.exec(line)?.[0] ?? "";
  return entry + maskContent(line.slice(entry.length));
}

function maskContent(line: string): string {
  const content = { start: indentOf(line), end: line.trimEnd().length };
  if (content.end <= content.start) return line;
  return hideStretches(line, endBeforeCode(line, content), () => MASK);
}

const KEY_START = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/;
const KEY_END = /-----END [A-Z ]{0,40}PRIVATE KEY-----/;
const OPEN_KEY = /^\s*(?:- )?["']?(?<name>[\w.-]+)["']?\s*:(?:\s+[|>][-+\d]*)?(?:\s+#.*)?$/;
/** One of its lines, which may be shown without the first. */
const KEY_LINE = /^[A-Za-z0-9+/]{40,}={0,2}$/;
const VALUES = /^(?:parameters|env|headers)$/;
const ENTRY = /^\s*(?:- )?["']?[\w.-]+["']?:(?:\s+|$)/;
const LOOKUP = /^\s*["']?(?:env|file)["']?:/;

function hideInLine(line: string, mark: (hidden: string) => string): string {
  const found = [...pairsIn(line), ...credentialsInCommand(line), ...quotedIn(line)];
  const content = line.trim();
  if (KEY_LINE.test(content)) {
    const start = indentOf(line);
    found.push({ start, end: start + content.length });
  }
  return hideStretches(line, mergeStretches(found), mark);
}

/** The values behind keys with the name of a secret. */
function pairsIn(line: string): Stretch[] {
  if (!line.includes(":")) return [];
  return PAIRS.flatMap((pattern) =>
    [...line.matchAll(pattern)].flatMap(({ groups = {}, indices }) => {
      const span = indices?.groups?.["value"] ?? indices?.groups?.["single"];
      if (span === undefined || !mayBeSecretName(groups["name"] ?? "")) return [];
      const [start] = span;
      const value = line.slice(...span);
      const shown = pattern === BLOCK_PAIR ? withoutComment(value) : value;
      const end = start + (pattern === QUOTED_PAIR ? shown : shown.trimEnd()).length;
      return endBeforeCode(line, { start, end });
    }),
  );
}

function withoutComment(text: string): string {
  const comment = text.search(/\s#/);
  return comment < 0 ? text : text.slice(0, comment);
}

/** Where a name starts; to look there before all else keeps the search short. */
const START = String.raw`(?<![\w.-])(?=\w)`;
const NAME = String.raw`${START}(?<name>[\w.-]+)["']?\s*:\s+`;
/** No map, list, block, alias, anchor or text in quotes. */
const PLAIN = "(?![\\s{[|>&*\"'])";
const QUOTED_PAIR = new RegExp(
  String.raw`${NAME}(?:"(?<value>(?:[^"\\]|\\.)*)|'(?<single>(?:[^']|'')*))`,
  "dg",
);
/** At the start of a line a value goes on to its end, or to a comment. */
const BLOCK_PAIR = new RegExp(
  String.raw`${START}(?<=^[\s#-]*["']?)${NAME}${PLAIN}(?<value>\S.*)`,
  "dg",
);
const FLOW_PAIR = new RegExp(
  String.raw`${START}(?<=[{,]\s*["']?)${NAME}${PLAIN}(?<value>[^\s,}\]#"'][^,}\]#"']*)`,
  "dg",
);
/** Anywhere else the line may be one for a shell, in which an operator begins another command. */
const OTHER_PAIR = new RegExp(
  String.raw`${NAME}${PLAIN}(?<value>[^\s,}\]#"';|&][^,}\]#"';|&]*)`,
  "dg",
);
const PAIRS = [QUOTED_PAIR, BLOCK_PAIR, FLOW_PAIR, OTHER_PAIR];

/** Credentials in commands that stand in the quotes of YAML, which escape the quotes of the command. */
function quotedIn(line: string): Stretch[] {
  return [...line.matchAll(QUOTED)].flatMap(({ index, 0: quoted }) => {
    if (quoted.startsWith("\\")) return [];
    const content = quoted
      .slice(1, -1)
      .replace(quoted.startsWith("'") ? /''/g : /\\"/g, quoted.startsWith("'") ? "'\0" : '"\0');
    const offset = index + 1;
    return credentialsInCommand(content).map(({ start, end }) => ({
      start: start + offset,
      end: end + offset,
    }));
  });
}

const QUOTED = /\\.|"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g;
