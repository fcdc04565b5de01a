import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Ajv } from "ajv";
import { LINTS } from "../../src/config/lints.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { VERSION } from "../../src/model/version.ts";
import { reportCheck, reportPlan } from "../../src/views/report.ts";
import { describeRule } from "../../src/views/rule-descriptions.ts";
import { assertGolden } from "../helpers/golden.ts";
import { HOSTILE_DIAGNOSTICS, hostileOptions, hostilePlan } from "./hostile.ts";

interface Result {
  ruleId: string;
  ruleIndex: number;
  level: string;
  message: { text: string };
  locations: { physicalLocation: { artifactLocation: { uri: string }; region: object } }[];
  partialFingerprints: { primaryLocationLineHash: string };
}

interface Sarif {
  runs: { tool: { driver: { rules: { id: string }[] } }; results: Result[] }[];
}

/** The schema of the standard, as its authors publish it. */
const SCHEMA = "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json";

const published: Record<string, unknown> = createRequire(import.meta.url)(SCHEMA);
// Its dialect is an older one, of which this validator knows all but the name and `id`.
const { $schema: _dialect, id: _id, ...schema } = published;
const ajv = new Ajv({
  strict: false,
  allErrors: true,
  unicodeRegExp: false,
  formats: {
    uri: (text: string) => URL.canParse(text),
    "uri-reference": /^(?:[\w.~:/?#@!$&'()*+,;=-]|%[0-9A-Fa-f]{2}|[[\]])*$/,
    "date-time": (text: string) => !Number.isNaN(Date.parse(text)),
  },
});
const validate = ajv.compile(schema);

function read(document: string): Sarif {
  const value: Sarif = JSON.parse(document);
  assert.ok(validate(value), ajv.errorsText(validate.errors));
  return value;
}

function resultsOf(document: string): Result[] {
  return read(document).runs.flatMap(({ results }) => results);
}

const found: Diagnostic = {
  severity: "error",
  rule: "config/one-of",
  message: "`plugin` and `command` at line 4, [see](0)",
  help: "write one of them",
  file: "services/a b#c/config.yaml",
  line: 3,
  column: 5,
  endLine: 3,
  endColumn: 9,
};

test("the schema refuses what is no SARIF", () => {
  assert.equal(validate({ version: "2.1.0", runs: [{ tool: {} }] }), false);
  assert.equal(validate({ version: "2.1.0", runs: [{ tool: { driver: { name: "x" } } }] }), true);
});

test("a hostile plan is valid, and the same text as ever", () => {
  const document = reportPlan(hostilePlan(), hostileOptions("sarif"));
  const [run] = read(document).runs;
  const levels = run?.results.map(({ level }) => level);
  assert.equal(levels?.filter((level) => level === "error").length, 2);
  assert.doesNotMatch(document, /[^\P{Cc}\n]|[\u202E\u2066\u200B]/u);
  for (const { message } of run?.results ?? []) assert.doesNotMatch(message.text, /\]\(/);
  assertGolden("report-hostile-sarif.txt", document.replace(`"${VERSION}"`, '"0.0.0"'));
});

test("other code is a note", () => {
  const [note, ...others] = resultsOf(
    reportPlan(hostilePlan(), hostileOptions("sarif", [])),
  ).filter(({ level }) => level === "note");
  assert.equal(note?.ruleId, "plan/other-code");
  assert.match(note.message.text, /^job `sync` runs something else than before: code changed \(/);
  assert.deepEqual(others, []);
  assert.notEqual(describeRule("plan/other-code"), describeRule("no/such-rule"));
});

test("a good file has no results, and a broken one has its errors", () => {
  assert.deepEqual(resultsOf(reportCheck(3, hostileOptions("sarif", []))), []);
  assert.equal(resultsOf(reportPlan(null, hostileOptions("sarif", [found]))).length, 1);
});

test("a result names its rule, its place in UTF-16 units and its help", () => {
  const [run] = read(reportCheck(null, hostileOptions("sarif", [found]))).runs;
  const [result] = run?.results ?? [];
  assert.ok(result !== undefined && run !== undefined);
  assert.equal(run.tool.driver.rules[result.ruleIndex]?.id, "config/one-of");
  assert.equal(
    result.message.text,
    "`plugin` and `command` at line 4, [see] (0)\nhelp: write one of them",
  );
  assert.deepEqual(result.locations[0]?.physicalLocation, {
    artifactLocation: { uri: "services/a%20b%23c/config.yaml", uriBaseId: "%SRCROOT%" },
    region: { startLine: 3, startColumn: 5, endLine: 3, endColumn: 9 },
  });
});

test("a fingerprint stays when lines move, and tells equal findings apart", () => {
  const moved = { ...found, line: 30, endLine: 30, message: found.message.replace("4", "31") };
  const prints = (...diagnostics: Diagnostic[]): string[] =>
    resultsOf(reportCheck(null, hostileOptions("sarif", diagnostics))).map(
      ({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash,
    );
  assert.deepEqual(prints(found), prints(moved));
  assert.equal(new Set(prints(found, moved)).size, 2);
  assert.notDeepEqual(prints(found), prints({ ...found, rule: "config/range" }));
  assert.notDeepEqual(prints(found), prints({ ...found, file: "other.yaml" }));
});

test("hostile names of files become parts of an address", () => {
  const [result] = resultsOf(reportCheck(null, hostileOptions("sarif", HOSTILE_DIAGNOSTICS)));
  assert.equal(
    result?.locations[0]?.physicalLocation.artifactLocation.uri,
    "a%0A%3A%3Aerror%3A%3Ab%2Cc%3Ad%25e/%3Cb%3E%60%7Cx.yaml",
  );
  const outside = reportCheck(null, {
    ...hostileOptions("sarif", [found]),
    pathOf: () => "/srv/é\uD800/x.yaml",
  });
  assert.match(outside, /"uri": "file:\/\/\/srv\/%C3%A9%EF%BF%BD\/x\.yaml"/);
});

test("every rule has a description of its own", () => {
  const general = describeRule("no/such-rule");
  const texts = globSync("src/{config,code,source,daemon}/**/*.ts")
    .filter((file) => !file.includes(".generated."))
    .map((file) => readFileSync(file, "utf8"));
  const named = texts.flatMap((text) => [
    ...text.matchAll(/"((?:config|permissions|plan|plugin|schedule|yaml)\/[a-z-]+)"/g),
  ]);
  const rules = new Set([...named.map(([, rule = ""]) => rule), ...Object.keys(LINTS)]);
  assert.ok(rules.size > 50, "they were found");
  assert.deepEqual(
    [...rules].filter((rule) => describeRule(rule) === general),
    [],
  );
});
