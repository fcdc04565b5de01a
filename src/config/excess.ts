import { CST, Lexer } from "yaml";
import type { SpanFinding } from "./tree.ts";

/** Levels of lists and mappings in one another. A value may have fewer still, see `readTree`. */
export const MAX_NESTING = 100;

/**
 * Tokens of YAML that are parsed at once; each becomes objects of some hundred bytes. The entries
 * of a block-style `jobs:` are parsed one by one, so that a file may have many more.
 */
export const MAX_TOKENS = 500_000;

/**
 * Why a text must not be parsed; null for one that may be. The parser's time grows with the square
 * of the nesting, and its memory with the number of values, so that a small file could end the
 * program. The parser's own lexer counts here, which keeps nothing: it cannot disagree with the
 * parser about what is a bracket and what is a part of a text.
 */
export function findExcess(text: string): SpanFinding | null {
  const isShort = text.length <= MAX_TOKENS / TOKENS_PER_CHARACTER;
  // Each level needs a character of its own, of which most texts have too few to matter.
  if (isShort && countIndicators(text, MAX_NESTING + 1) <= MAX_NESTING) return null;
  const nesting = new Nesting();
  let at = 0;
  let tokens = 0;
  for (const source of new Lexer().lex(text)) {
    const isMark = nesting.enter(source);
    if (nesting.depth > MAX_NESTING) return tooDeep(at);
    tokens += 1;
    if (tokens > MAX_TOKENS) return tooMany(at);
    if (!isMark) at += source.length;
  }
  return null;
}

/** At most: a flow list of empty flow lists has the most. */
const TOKENS_PER_CHARACTER = 2;

const INDICATORS: ReadonlySet<number> = new Set(
  ["[", "{", "-", "?", ":"].map((one) => one.charCodeAt(0)),
);

function countIndicators(text: string, most: number): number {
  let count = 0;
  for (let at = 0; at < text.length && count < most; at += 1) {
    if (INDICATORS.has(text.charCodeAt(at))) count += 1;
  }
  return count;
}

/** How deep the lexer is, judged by open brackets and by the columns at which blocks began. */
class Nesting {
  #brackets = 0;
  #column = 0;
  #atLineStart = true;
  #hadColon = false;
  #isText = false;
  readonly #blocks: number[] = [];

  get depth(): number {
    return this.#brackets + this.#blocks.length;
  }

  /** Takes the next token; true for a mark of the lexer's own, which is not in the text. */
  enter(source: string): boolean {
    if (this.#isText) {
      this.#isText = false;
      this.#move(source);
      return false;
    }
    const type = CST.tokenType(source);
    if (type === "doc-mode" || type === "flow-error-end" || type === "scalar") {
      // What a text begins with says nothing of it: it follows a mark of its own.
      if (type === "scalar") this.#beginBlock();
      if (type === "flow-error-end") this.#brackets = 0;
      this.#isText = type === "scalar";
      return true;
    }
    if (type === "flow-map-start" || type === "flow-seq-start") this.#brackets += 1;
    else if (type === "flow-map-end" || type === "flow-seq-end") {
      this.#brackets = Math.max(0, this.#brackets - 1);
    } else if (type === "seq-item-ind" || type === "explicit-key-ind") {
      this.#beginBlock({ always: true });
    } else if (type === "map-value-ind") {
      // The first colon of a line belongs to the key that began the block.
      this.#beginBlock({ always: this.#hadColon });
      this.#hadColon = true;
    } else if (type !== "space" && type !== "newline" && type !== "comment") {
      this.#beginBlock();
    }
    this.#move(source);
    return false;
  }

  /** A block at a column ends all that began at that column or behind it. */
  #beginBlock({ always = false }: { always?: boolean } = {}): void {
    if (this.#brackets > 0 || (!always && !this.#atLineStart)) return;
    while ((this.#blocks.at(-1) ?? -1) >= this.#column) this.#blocks.pop();
    this.#blocks.push(this.#column);
    this.#atLineStart = false;
  }

  #move(source: string): void {
    const lineEnd = source.lastIndexOf("\n");
    this.#column = lineEnd === -1 ? this.#column + source.length : source.length - lineEnd - 1;
    if (lineEnd === -1) return;
    this.#atLineStart = true;
    this.#hadColon = false;
  }
}

function tooDeep(at: number): SpanFinding {
  return {
    severity: "error",
    rule: "yaml/too-deep",
    message: `lists and mappings are nested more than ${MAX_NESTING} deep here`,
    help: "close the brackets that are open above, or make the value flatter",
    span: { start: at, end: at + 1 },
  };
}

function tooMany(at: number): SpanFinding {
  return {
    severity: "error",
    rule: "yaml/too-large",
    message: "the file has more values than are read at once; the rest begins here",
    help: "write each job on lines of its own under `jobs:`, or give the schedule to several projects",
    span: { start: at, end: at + 1 },
  };
}
