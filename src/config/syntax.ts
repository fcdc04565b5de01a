import type { YAMLError } from "yaml";
import type { Span } from "./place.ts";
import type { SpanFinding } from "./tree.ts";

/**
 * The mistakes behind the parser's errors: one for each line at most, since one wrong character
 * makes `yaml` complain about everything after it, and with the remedy where the cause is known.
 * Offsets are those of `text`.
 */
export function syntaxFindings(errors: readonly YAMLError[], text: string): SpanFinding[] {
  const byLine = new Map<number, SpanFinding>();
  const contentEnd = text.trimEnd().length;
  for (const error of errors.slice(0, MAX_ERRORS)) {
    // Tags are refused by the tree pass, with a place that covers resolved tags as well.
    if (error.code === "TAG_RESOLVE_FAILED") continue;
    const isEcho = error.message.includes("in YAML stream");
    if (isEcho && byLine.size > 0) continue;
    const span = spanOf(error, { text, contentEnd });
    const lineStart = text.lastIndexOf("\n", span.start - 1) + 1;
    if (byLine.has(lineStart)) continue;
    const cause = explainLine(text, lineStart) ?? explainTab(error, { text, lineStart });
    byLine.set(lineStart, cause ?? explain(error, span));
  }
  return withoutEchoesOfTab([...byLine.values()], text);
}

/** A file with more is no config; each one costs a search for its line. */
const MAX_ERRORS = 1_000;

/** Longer lines and texts are not searched for causes: the time would grow with their square. */
const MAX_LINE = 1_000;
const MAX_SEARCHED = 100_000;

/** A cron text that is not quoted is the commonest mistake of all, with five different errors. */
function explainLine(text: string, lineStart: number): SpanFinding | null {
  const line = lineAt(text, lineStart);
  if (line.length > MAX_LINE) return null;
  const block = /^(\s*(?:- +)*(?:[^\s#'"{[][^#'"{[]*?: +)?)([*@%`].*?)(?:\s+#.*)?\s*$/.exec(line);
  const flow = /^([^#'"]*?[{[].*?(?:: +|[[,] *))([*@%`][^,}\]]*)/.exec(line);
  const [, before, value] = block ?? flow ?? [];
  if (before === undefined || value === undefined) return null;
  const quoted = value.includes('"') ? `'${value}'` : `"${value}"`;
  const key = /([^\s,{[]+: +|- +)$/.exec(before)?.[1] ?? "";
  const start = lineStart + before.length;
  return {
    severity: "error",
    rule: "yaml/unquoted",
    message: `a text that starts with ${value.charAt(0)} must be quoted`,
    help: `write ${key}${quoted}`,
    span: { start, end: start + value.length },
  };
}

/**
 * A tab behind spaces looks like indentation and is none. On the line after a value the parser
 * takes it for more of that value, and complains of the line above.
 */
function explainTab(
  error: YAMLError,
  { text, lineStart }: { text: string; lineStart: number },
): SpanFinding | null {
  const isTab = error.code === "TAB_AS_INDENT";
  if (!isTab && !/^(?:BLOCK_AS|MULTILINE)_IMPLICIT_KEY$/.test(error.code)) return null;
  const lineEnd = text.indexOf("\n", lineStart);
  const from = isTab ? lineStart : lineEnd + 1;
  if (!isTab && lineEnd === -1) return null;
  const spaces = /^( +)\t+[^\s#]/.exec(lineAt(text, from))?.[1];
  if (spaces === undefined) return null;
  const start = from + spaces.length;
  return {
    severity: "error",
    rule: "yaml/tab",
    message: "a tab stands behind the spaces of this line, and YAML is indented by spaces only",
    help: "replace the tab with spaces, or delete it where the spaces are enough",
    span: { start, end: start + 1 },
  };
}

function explain(error: YAMLError, span: Span): SpanFinding {
  const words = wordsFor(error);
  return {
    severity: "error",
    rule: words?.rule ?? "yaml/syntax",
    message: words?.message ?? error.message.charAt(0).toLowerCase() + error.message.slice(1),
    help: words?.help ?? null,
    span,
  };
}

interface Words {
  rule: string;
  message: string;
  help: string | null;
}

function wordsFor({ code, message }: YAMLError): Words | null {
  if (code === "MISSING_CHAR" && message.includes("quote")) {
    return {
      rule: "yaml/syntax",
      message: "a quote is opened here and not closed",
      help: "close it on the same line",
    };
  }
  if (code === "BAD_INDENT" && message.startsWith("Flow")) {
    return {
      rule: "yaml/syntax",
      message: "a bracket is opened above and not closed",
      help: "close it with } or ], deeper than the key it belongs to",
    };
  }
  if (code === "UNEXPECTED_TOKEN" && message.includes("at node end")) {
    return {
      rule: "yaml/syntax",
      message: "this does not belong to what stands before it",
      help: "align the entries of one block at the same column, and quote a text as a whole",
    };
  }
  return WORDS[code] ?? null;
}

const WORDS: Partial<Record<YAMLError["code"], Words>> = {
  TAB_AS_INDENT: {
    rule: "yaml/tab",
    message: "a tab cannot indent YAML",
    help: "replace the tab with spaces",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    rule: "yaml/syntax",
    message: "there is a second key on this line",
    help: "put the value in quotes if the colon belongs to it, or start a new line",
  },
  MULTIPLE_DOCS: {
    rule: "yaml/several-documents",
    message: "a second document starts here; a config is one document",
    help: "remove the line --- and what belongs to another file",
  },
  NON_STRING_KEY: {
    rule: "yaml/key",
    message: "a key must be a text",
    help: "write it as name: value",
  },
  BAD_DIRECTIVE: {
    rule: "yaml/directive",
    message: "directives (%) are refused",
    help: "remove the line",
  },
  MULTILINE_IMPLICIT_KEY: {
    rule: "yaml/syntax",
    message: "a key without a colon, or a text that goes on where a key should be",
    help: "write each entry as `key: value`, each at the same depth",
  },
  BAD_INDENT: {
    rule: "yaml/indentation",
    message: "the indentation fits no line above",
    help: "align the entries of one block at the same column",
  },
  RESOURCE_EXHAUSTION: {
    rule: "yaml/too-deep",
    message: "values are nested too deep to be read",
    help: null,
  },
};

/** The parser shows where it noticed; people look for the text that is wrong. */
function spanOf(
  error: YAMLError,
  { text, contentEnd }: { text: string; contentEnd: number },
): Span {
  const quote = startOfQuote(error, text);
  if (quote !== null) return quote;
  const [from, to] = error.pos;
  // What is missing at the end of a text is missed behind its last character.
  if (from >= contentEnd) return { start: Math.max(0, contentEnd - 1), end: contentEnd };
  if (error.code === "TAB_AS_INDENT") return { start: from, end: to };
  let start = from;
  while (/[ \n]/.test(text.charAt(start))) start += 1;
  return { start, end: Math.max(to, start + 1) };
}

function startOfQuote(error: YAMLError, text: string): Span | null {
  const quote = /Missing closing (["'])/.exec(error.message)?.[1];
  const isOther = error.code !== "MISSING_CHAR" || quote === undefined;
  if (isOther || text.length > MAX_SEARCHED) return null;
  let found: Span | null = null;
  for (const match of text.slice(0, error.pos[0]).matchAll(/(?::|-|^|[[{,])[ \t]*(["'])/gm)) {
    if (match[1] !== quote) continue;
    const start = match.index + match[0].length - 1;
    const rest = lineAt(text, start);
    if (isOpen(rest, quote)) return { start, end: start + rest.length };
    found = { start, end: start + 1 };
  }
  return found;
}

function isOpen(rest: string, quote: string): boolean {
  const escaped = quote === '"' ? /\\./g : /''/g;
  return !rest.slice(1).replaceAll(escaped, "").includes(quote);
}

/** After a tab the parser loses the thread: what it says of lines with tabs below is an echo. */
function withoutEchoesOfTab(findings: SpanFinding[], text: string): SpanFinding[] {
  const tab = findings.findIndex(({ rule }) => rule === "yaml/tab");
  if (tab === -1) return findings;
  return findings.filter((finding, index) => {
    if (index <= tab || finding.rule === "yaml/tab") return true;
    return !/^\s*\t/.test(lineAt(text, text.lastIndexOf("\n", finding.span.start - 1) + 1));
  });
}

function lineAt(text: string, from: number): string {
  const end = text.indexOf("\n", from);
  return text.slice(from, end === -1 ? text.length : end).replace(/\r$/, "");
}
