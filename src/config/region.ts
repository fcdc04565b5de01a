import { isMap, isScalar, isSeq, parseDocument, Schema } from "yaml";
import type { Document, Node, YAMLMap } from "yaml";
import type { JsonValue } from "../model/json.ts";
import { findExcess } from "./excess.ts";
import { limitFindings } from "./limit.ts";
import type { Path, Span } from "./place.ts";
import { syntaxFindings } from "./syntax.ts";
import { readTree, type SpanFinding } from "./tree.ts";

/** A stretch of YAML that was read by itself; offsets are those of its own text. */
export interface Region {
  /** Undefined for a text without content. */
  value: JsonValue | undefined;
  /** Errors of syntax: the value is then what the parser could save of it. */
  broken: SpanFinding[];
  /** What YAML allows and a config must not have; the value is complete but for these places. */
  refused: SpanFinding[];
  usesAnchors: boolean;
  /** The root when it is a block-style map: its keys with their offsets. */
  entries: { key: string; at: number; empty: boolean }[];
}

/** Reads a whole YAML text, or a piece of one that stands for itself. */
export function readRegion(text: string): Region {
  const excess = findExcess(text);
  if (excess !== null) return unreadRegion(excess);
  const document = parse(text);
  if (document === null) return unreadRegion(TOO_DEEP);
  const tree = readTree(document.contents, text);
  const broken = syntaxFindings(document.errors, text);
  if (document.directives?.yaml.explicit === true && text.trimStart().startsWith("%")) {
    broken.push(directive(text));
  }
  return {
    value: document.contents === null ? undefined : tree.value,
    broken,
    refused: limitFindings(tree.findings),
    usesAnchors: tree.usesAnchors,
    entries: blockEntries(document.contents),
  };
}

/** Where the key or the value at a path stands in a text. */
export type Locate = (path: Path, part: "key" | "value") => Span;

/**
 * Finds places in `text`, or of the nearest thing above them that is there. A block-style map or
 * list is shown by its key: its own first line says nothing. The text is parsed at the first call.
 */
export function createLocator(text: string): Locate {
  let root: Node | null | undefined;
  const pairs = new WeakMap<YAMLMap, Map<string, Entry>>();
  return (path, part) => {
    root = root === undefined ? contentsOf(text) : root;
    let node: Node | null = root;
    let found: Span = { start: 0, end: 1 };
    for (const [depth, segment] of path.entries()) {
      const entry = enter(node, segment, pairs);
      if (entry === null) break;
      const { key, value } = entry;
      const wantsValue = depth === path.length - 1 && part === "value";
      const byKey = key !== null && (!wantsValue || value === null || hasNoLineOfItsOwn(value));
      found = spanOf(byKey ? key : value) ?? found;
      node = value;
    }
    return found;
  };
}

/** The entries of the map at a path: each key, from its beginning to the end of its value. */
export function entriesAt(text: string, path: Path): { key: string; span: Span }[] {
  const pairs = new WeakMap<YAMLMap, Map<string, Entry>>();
  let node: Node | null = contentsOf(text);
  for (const segment of path) node = enter(node, segment, pairs)?.value ?? null;
  if (!isMap(node)) return [];
  return [...indexPairs(node)].flatMap(([name, { key, value }]) => {
    const start = key?.range?.[0];
    const end = value?.range?.[1] ?? key?.range?.[1];
    return start === undefined || end === undefined ? [] : [{ key: name, span: { start, end } }];
  });
}

let schema: Schema | null = null;

function parse(text: string): Document.Parsed | null {
  // One for all texts: to make a schema takes a fifth of the time of reading a small entry.
  schema ??= new Schema({ schema: "core", merge: false, resolveKnownTags: true });
  try {
    return parseDocument(text, {
      schema,
      // Its own check for duplicate keys is quadratic; the tree pass has a linear one.
      uniqueKeys: false,
      stringKeys: true,
      prettyErrors: false,
    });
  } catch (error) {
    // The parser calls itself for each level: ten thousand brackets exhaust the stack.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Null for a text without content, and for one that must not be parsed. */
function contentsOf(text: string): Node | null {
  return findExcess(text) === null ? (parse(text)?.contents ?? null) : null;
}

const TOO_DEEP: SpanFinding = {
  severity: "error",
  rule: "yaml/too-deep",
  message: "values are nested too deep to be read",
  help: null,
  span: { start: 0, end: 1 },
};

/** A text that is not parsed, and why. */
export function unreadRegion(finding: SpanFinding): Region {
  return { value: undefined, broken: [finding], refused: [], usesAnchors: false, entries: [] };
}

function directive(text: string): SpanFinding {
  const start = text.indexOf("%");
  return {
    severity: "error",
    rule: "yaml/directive",
    message: "directives (%) are refused: the file is YAML 1.2",
    help: "remove the line",
    span: { start, end: start + 5 },
  };
}

function blockEntries(root: Node | null): Region["entries"] {
  if (!isMap(root) || root.flow === true) return [];
  return root.items.map((pair) => {
    const key = pair.key as Node | null;
    const value = pair.value as Node | null;
    return {
      key: isScalar(key) ? String(key.value) : "",
      at: key?.range?.[0] ?? -1,
      empty: value === null || (isScalar(value) && value.value === null),
    };
  });
}

interface Entry {
  key: Node | null;
  value: Node | null;
}

/** Maps are indexed once, so that a place in each of many jobs is not a walk over all of them. */
function enter(
  node: Node | null,
  segment: string | number,
  pairs: WeakMap<YAMLMap, Map<string, Entry>>,
): Entry | null {
  if (isSeq(node) && typeof segment === "number") {
    const item = node.items[segment];
    return item === undefined ? null : { key: null, value: item as Node };
  }
  if (!isMap(node)) return null;
  const known = pairs.get(node) ?? indexPairs(node);
  pairs.set(node, known);
  return known.get(String(segment)) ?? null;
}

function indexPairs(map: YAMLMap): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const pair of map.items) {
    const key = pair.key as Node | null;
    const name = isScalar(key) ? String(key.value) : "";
    if (!entries.has(name)) entries.set(name, { key, value: pair.value as Node | null });
  }
  return entries;
}

function hasNoLineOfItsOwn(node: Node): boolean {
  if (isScalar(node)) return node.value === null && node.source === "";
  return (isMap(node) || isSeq(node)) && node.flow !== true;
}

function spanOf(node: Node | null): Span | null {
  const range = node?.range;
  return range ? { start: range[0], end: range[1] } : null;
}
