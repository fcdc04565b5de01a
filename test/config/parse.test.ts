import { test } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parse, stringify } from "yaml";
import { parseConfig, type ParsedConfig } from "../../src/config/parse.ts";
import { decodeConfig, MAX_CONFIG_BYTES } from "../../src/config/decode.ts";

const FILE = { file: "config.yaml" };

const scalar = fc.oneof(
  fc.string({ maxLength: 30 }).filter((text) => text.isWellFormed() && !text.includes("\0")),
  fc.integer({ min: -1000, max: 1000 }),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(
    "a: b",
    "# x",
    "- y",
    "*",
    "&a",
    "line\nline\n",
    "line\n\n  deeper\n\n",
    "'",
    '"',
    "jobs:",
  ),
);
const key = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
const config = fc.record({
  before: fc.dictionary(key, value, { maxKeys: 2, noNullPrototype: true }),
  jobs: fc.dictionary(key, value, { minKeys: 1, maxKeys: 5, noNullPrototype: true }),
  after: fc.dictionary(key, value, { maxKeys: 2, noNullPrototype: true }),
  indent: fc.integer({ min: 1, max: 6 }),
  style: fc.constantFrom("PLAIN", "QUOTE_DOUBLE", "BLOCK_LITERAL", "BLOCK_FOLDED"),
});

function write(given: typeof config extends fc.Arbitrary<infer T> ? T : never): string {
  const { before, jobs, after, indent, style } = given;
  return stringify(
    { ...omit(before), jobs, ...omit(after) },
    { indent, defaultStringType: style as "PLAIN", aliasDuplicateObjects: false },
  );
}

function omit(entries: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => name !== "jobs"));
}

test("a file that is read entry by entry means what the whole means", () => {
  fc.assert(
    fc.property(config, (given) => {
      const text = write(given);
      const parsed = parseConfig(text, FILE);
      assert.deepEqual(parsed.diagnostics, []);
      assert.deepEqual(parsed.value, parse(text, { stringKeys: true }));
    }),
    { numRuns: 300 },
  );
});

test("reading with what was read before gives the same, whatever was edited", () => {
  const edit = fc.record({
    at: fc.nat(),
    remove: fc.nat(12),
    insert: fc.constantFrom(
      "",
      " ",
      "\n",
      "x",
      ":",
      '"',
      "  b:\n",
      "*a",
      "#",
      "- ",
      "\t",
      "{",
      "---\n",
      "'",
    ),
  });
  fc.assert(
    fc.property(config, edit, (given, { at, remove, insert }) => {
      const text = write(given);
      const start = at % (text.length + 1);
      const edited = text.slice(0, start) + insert + text.slice(start + remove);
      const fresh = parseConfig(edited, FILE);
      const reused = parseConfig(edited, { ...FILE, previous: parseConfig(text, FILE) });
      assert.deepEqual(reused.value, fresh.value);
      assert.deepEqual(reused.diagnostics, fresh.diagnostics);
    }),
    { numRuns: 500 },
  );
});

test("a file that the parser accepts is never called broken, and one it refuses always is", () => {
  const edit = fc.record({
    at: fc.nat(),
    insert: fc.constantFrom(
      "  ",
      "\n",
      "x",
      ": ",
      '"',
      "  b:\n",
      " b: 1\n",
      "- ",
      "\t",
      "{",
      "]",
      "'",
      "|\n",
    ),
  });
  fc.assert(
    fc.property(config, edit, (given, { at, insert }) => {
      const text = write(given);
      const start = at % (text.length + 1);
      const edited = text.slice(0, start) + insert + text.slice(start);
      const found = parseConfig(edited, FILE).diagnostics;
      let wanted: unknown = null;
      try {
        wanted = parse(edited, { stringKeys: true, logLevel: "error" });
      } catch {
        assert.notDeepEqual(found, []);
        return;
      }
      const isMap = typeof wanted === "object" && wanted !== null && !Array.isArray(wanted);
      // The parser takes a tag, or warns of one that it does not know; here it is a mistake.
      const others = found.filter(({ rule }) => rule !== "yaml/tag");
      if (isMap) assert.deepEqual(others, []);
    }),
    { numRuns: 500 },
  );
});

test("an unchanged entry is the same object, so that its consequences can be kept", () => {
  const text = "jobs:\n  a: {command: x}\n  b: {command: y}\n";
  const first = parseConfig(text, FILE);
  const second = parseConfig(text.replace("command: y", "command: z"), {
    ...FILE,
    previous: first,
  });
  assert.equal(job(second, "a"), job(first, "a"));
  assert.notEqual(job(second, "b"), job(first, "b"));
});

function job(parsed: ParsedConfig, name: string): unknown {
  const jobs = parsed.value?.["jobs"] ?? {};
  return new Map(Object.entries(jobs)).get(name);
}

test("places behind the jobs are those of the whole file", () => {
  const text =
    "jobs:\n  a: {command: x}\n  # note\n\n  b:\n    command: y\nnode:\n  concurrency: 0\n";
  const parsed = parseConfig(text, FILE);
  const at = (path: (string | number)[], part: "key" | "value"): string => {
    const [found] = parsed.place([
      { severity: "error", rule: "r", message: "", help: null, path, part },
    ]);
    return `${found?.line}:${found?.column}-${found?.endLine}:${found?.endColumn}`;
  };
  assert.equal(at(["node", "concurrency"], "value"), "8:16-8:17");
  assert.equal(at(["node"], "value"), "7:1-7:5");
  assert.equal(at(["jobs", "b", "command"], "key"), "6:5-6:12");
  assert.equal(at(["jobs", "a", "nothing"], "value"), "2:3-2:4", "the nearest thing above");
  assert.deepEqual(parsed.placeOfJob("b"), { line: 5, column: 3 });
});

test("every place is found in a file that is not cut as well", () => {
  const parsed = parseConfig("{jobs: {a: {command: x}, b: {command: y}}}\n", FILE);
  assert.deepEqual(parsed.placeOfJob("b"), { line: 1, column: 26 });
});

test("aliases within bounds are values like any other", () => {
  const parsed = parseConfig("jobs:\n  a: &a {command: x}\n  b: *a\n", FILE);
  assert.deepEqual(parsed.diagnostics, []);
  assert.deepEqual(parsed.value, { jobs: { a: { command: "x" }, b: { command: "x" } } });
});

test("a syntax error in one job does not hide mistakes of YAML in another", () => {
  const text =
    'jobs:\n  a:\n    command: "x\n  b:\n    tags: []\n    tags: []\n  c: {command: x}\n';
  const parsed = parseConfig(text, FILE);
  assert.deepEqual(
    parsed.diagnostics.map(({ line, rule }) => `${line} ${rule}`),
    ["3 yaml/syntax", "6 yaml/duplicate-key"],
  );
  assert.deepEqual(Object.keys(parsed.value?.["jobs"] ?? {}), ["b", "c"]);
});

test("bytes become text, or say where they are none", () => {
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const place = (given: Uint8Array): unknown => {
    const decoded = decodeConfig(given, "config.yaml");
    return "text" in decoded ? decoded.text : `${decoded.line}:${decoded.column} ${decoded.rule}`;
  };
  assert.equal(place(bytes("\uFEFFjobs: {}")), "jobs: {}");
  assert.equal(place(bytes("jobs: {} # é😀")), "jobs: {} # é😀");
  assert.equal(place(Uint8Array.of(...bytes("a: é\nb: "), 0xff, 0x20)), "2:4 yaml/encoding");
  assert.equal(place(Uint8Array.of(...bytes("a: "), 0xc3)), "1:4 yaml/encoding", "a cut character");
  assert.equal(place(bytes("a: b\nc: \0")), "2:4 yaml/encoding");
  assert.equal(place(Uint8Array.of(0xff, 0xfe, 0x61, 0)), "1:1 yaml/encoding", "UTF-16");
  assert.equal(place(new Uint8Array(MAX_CONFIG_BYTES + 1)), "1:1 yaml/too-large");
});
