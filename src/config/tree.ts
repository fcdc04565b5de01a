import { isAlias, isMap, isScalar, isSeq } from "yaml";
import type { Alias, Node, Scalar, YAMLMap } from "yaml";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { MAX_CONFIG_BYTES } from "./decode.ts";
import type { Finding, Span } from "./place.ts";

/** A mistake with its offsets in the text that was parsed. */
export interface SpanFinding extends Finding {
  span: Span;
}

/** The JSON value of a parsed YAML text, and what of YAML is refused in it. */
export interface Tree {
  value: JsonValue;
  findings: SpanFinding[];
  /** Whether the text names or uses anchors, so that it may not be read apart from its file. */
  usesAnchors: boolean;
}

/**
 * Turns nodes into a JSON value in one linear pass that also finds what `yaml` accepts and a
 * config must not have: duplicate keys, tags, merge keys, aliases that multiply, keys that reach
 * an object's prototype, numbers and characters that JSON or PostgreSQL cannot store.
 */
export function readTree(root: Node | null, text: string): Tree {
  const none: Amount = { nodes: 0, letters: 0 };
  const reading: Reading = {
    text,
    findings: [],
    anchors: new Map(),
    expanded: { ...none },
    seen: { ...none },
  };
  const value = root === null ? null : readNode(root, { reading, depth: 0 });
  return {
    value,
    findings: reading.findings,
    usesAnchors: reading.anchors.size > 0 || reading.expanded.nodes > 0,
  };
}

const MAX_DEPTH = 64;
/** Nodes that aliases may repeat in one file: enough to share settings, too few for a bomb. */
const MAX_EXPANDED = 10_000;

interface Amount {
  nodes: number;
  /** Of all texts, keys among them. */
  letters: number;
}

interface Reading {
  text: string;
  findings: SpanFinding[];
  anchors: Map<string, ({ value: JsonValue } & Amount) | "open">;
  /** What aliases repeat. */
  expanded: Amount;
  /** All so far, with what aliases repeat. */
  seen: Amount;
}

interface Spot {
  reading: Reading;
  depth: number;
}

function readNode(node: Node | null, spot: Spot): JsonValue {
  const { reading } = spot;
  if (node === null) return null;
  if (isAlias(node)) return readAlias(node, reading);
  if (spot.depth > MAX_DEPTH) {
    refuse(reading, node, {
      rule: "yaml/too-deep",
      message: `values are nested more than ${MAX_DEPTH} deep`,
    });
    return null;
  }
  const before = { ...reading.seen };
  reading.seen.nodes += 1;
  const { anchor, tag } = node;
  if (tag !== undefined) refuseTag(reading, node, tag);
  if (anchor !== undefined) reading.anchors.set(anchor, "open");
  const value = readValue(node, spot);
  if (anchor !== undefined) {
    const { nodes, letters } = reading.seen;
    const amount = { nodes: nodes - before.nodes, letters: letters - before.letters };
    reading.anchors.set(anchor, { value, ...amount });
  }
  return value;
}

function readValue(node: Node, spot: Spot): JsonValue {
  if (isMap(node)) return readMap(node, spot);
  if (isSeq(node)) {
    return node.items.map((item) =>
      readNode(item as Node | null, { ...spot, depth: spot.depth + 1 }),
    );
  }
  return isScalar(node) ? readScalar(node, spot.reading) : null;
}

function readMap(map: YAMLMap, { reading, depth }: Spot): JsonObject {
  const value: JsonObject = {};
  for (const pair of map.items) {
    const key = pair.key as Node | null;
    const name = isScalar(key) && typeof key.value === "string" ? key.value : null;
    // `yaml` itself reports a key that is no text.
    if (!isScalar(key) || name === null) continue;
    const refused = refusedKey(name, key, value);
    if (refused !== null) refuse(reading, key, refused);
    checkText(reading, key, name);
    const entry = readNode(pair.value as Node | null, { reading, depth: depth + 1 });
    if (refused === null) value[name] = entry;
  }
  return value;
}

function refusedKey(name: string, key: Scalar, seen: JsonObject): Refusal | null {
  if (Object.hasOwn(seen, name)) {
    return {
      rule: "yaml/duplicate-key",
      message: `\`${name}\` is written twice in this block`,
      help: "remove one of the two, or rename it",
    };
  }
  if (name === "__proto__" || name === "constructor" || name === "prototype") {
    return { rule: "yaml/forbidden-key", message: `\`${name}\` cannot be a key` };
  }
  if (name === "<<" && key.type === "PLAIN") {
    return {
      rule: "yaml/merge-key",
      message: "merge keys (<<) are not part of YAML 1.2",
      help: "write the entries out, or set them for all jobs under `defaults`",
    };
  }
  return null;
}

function readScalar(node: Scalar, reading: Reading): JsonValue {
  const { value } = node;
  if (typeof value === "string") {
    checkText(reading, node, value);
    return value;
  }
  if (typeof value === "number") {
    const exact =
      Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
    if (exact) return value;
    refuse(reading, node, {
      rule: "yaml/number",
      message: `${node.source ?? "this number"} cannot be stored as a number`,
      help: "put it in quotes if it is meant as text",
    });
    return 0;
  }
  return typeof value === "boolean" ? value : null;
}

function readAlias(alias: Alias, reading: Reading): JsonValue {
  const target = reading.anchors.get(alias.source);
  const { expanded, seen } = reading;
  expanded.nodes += 1;
  if (target === undefined) {
    refuse(reading, alias, {
      rule: "yaml/unknown-alias",
      message: `*${alias.source} is an alias in YAML, and no &${alias.source} stands before it`,
      help: `quote a text that starts with *: "*${alias.source}"`,
    });
    return null;
  }
  if (target === "open") {
    refuse(reading, alias, {
      rule: "yaml/alias-bomb",
      message: `*${alias.source} contains itself`,
    });
    return null;
  }
  for (const amount of [expanded, seen]) {
    amount.nodes += target.nodes;
    amount.letters += target.letters;
  }
  const tooMany = expanded.nodes > MAX_EXPANDED;
  if (!tooMany && expanded.letters <= MAX_CONFIG_BYTES) return target.value;
  const first = !reading.findings.some(({ rule }) => rule === "yaml/alias-bomb");
  if (first) {
    refuse(reading, alias, {
      rule: "yaml/alias-bomb",
      message: tooMany
        ? `aliases repeat more than ${MAX_EXPANDED} values`
        : `aliases repeat more than ${MAX_CONFIG_BYTES / 1_000_000} MB of text`,
      help: "write the values out, or set them for all jobs under `defaults`",
    });
  }
  return null;
}

/** PostgreSQL's jsonb and the arguments of processes take neither of the two. */
function checkText(reading: Reading, node: Node, text: string): void {
  reading.seen.letters += text.length;
  const problem = text.includes("\0")
    ? "a NUL character"
    : text.isWellFormed()
      ? null
      : "half a surrogate pair";
  if (problem === null) return;
  refuse(reading, node, { rule: "yaml/character", message: `this text has ${problem}` });
}

function refuseTag(reading: Reading, node: Node, tag: string): void {
  const shown = tag.startsWith("tag:yaml.org,2002:") ? `!!${tag.slice(18)}` : tag;
  // The range of a node begins behind its tag.
  const valueAt = node.range?.[0] ?? 0;
  const tagAt = reading.text.lastIndexOf(shown, valueAt);
  const start = tagAt === -1 ? valueAt : tagAt;
  reading.findings.push({
    severity: "error",
    rule: "yaml/tag",
    message: `the tag ${shown} is refused: values are plain YAML`,
    help: "remove the tag",
    span: { start, end: start + shown.length },
  });
}

interface Refusal {
  rule: string;
  message: string;
  help?: string;
}

function refuse(reading: Reading, node: Node, refusal: Refusal): void {
  const [start, end] = node.range ?? [0, 1];
  reading.findings.push({
    severity: "error",
    rule: refusal.rule,
    message: refusal.message,
    help: refusal.help ?? null,
    span: { start, end },
  });
}
