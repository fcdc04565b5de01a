import { test } from "node:test";
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { LINTS, isLint } from "../../src/config/lints.ts";
import { MISTAKES } from "../../src/config/mistakes.ts";
import { hasErrors } from "../../src/model/diagnostic.ts";
import { check, summary } from "./checking.ts";

interface Property {
  description: string;
  markdownDescription: string;
}

const SCHEMA = JSON.parse(
  readFileSync(new URL("../../schemas/scheduler.schema.json", import.meta.url), "utf8"),
) as { $defs: { rules: { properties: Record<string, Property> } } };

test("the schema has the rules of the table, with the same sentences and levels", () => {
  const { properties } = SCHEMA.$defs.rules;
  assert.deepEqual(Object.keys(properties), Object.keys(LINTS));
  for (const [name, { level, description }] of Object.entries(LINTS)) {
    assert.match(description, /^[A-Z][^.]*\.$/, `${name}: one sentence`);
    const wanted = `${description.slice(0, -1)} (default ${level}).`;
    assert.equal(properties[name]?.description, wanted, name);
    assert.ok(properties[name].markdownDescription.endsWith(`Default \`${level}\`.`), name);
  }
});

test("each rule of the checks is a lint or a mistake, and each of these is in use", () => {
  const used = new Set<string>();
  for (const file of globSync("src/{config,code,source}/**/*.ts")) {
    if (/\/(?:lints|mistakes)\.ts$/.test(file) || file.includes(".generated.")) continue;
    const rules = readFileSync(file, "utf8").matchAll(
      /"((?:yaml|config|plugin|permissions|schedule|command|security|job)\/[a-z-]+)"/g,
    );
    for (const [, rule = ""] of rules) used.add(rule);
  }
  assert.deepEqual([...used].sort(), [...Object.keys(LINTS), ...MISTAKES.keys()].sort());
  assert.deepEqual(
    [...MISTAKES.keys()].filter((rule) => isLint(rule)),
    [],
  );
  for (const [rule, description] of MISTAKES) {
    assert.match(description, /^[A-Z].*\.$/, `${rule}: one sentence`);
  }
});

const BOTH = 'jobs:\n  a: {command: [x], schedule: "0 0 1 * 1"}\n';

test("the level of a lint makes its findings warnings, errors or nothing", () => {
  const withLevel = (level: string): string[] =>
    summary(check(`${BOTH}rules: {schedule/both-days: ${level}}\n`));
  assert.deepEqual(summary(check(BOTH)), ["warning 2:31 schedule/both-days"]);
  assert.deepEqual(withLevel("warn"), ["warning 2:31 schedule/both-days"]);
  assert.deepEqual(withLevel("off"), []);
  assert.deepEqual(withLevel("error"), ["2:31 schedule/both-days"]);
  assert.ok(hasErrors(check(`${BOTH}rules: {schedule/both-days: error}\n`)));
});

test("a lint that is off by default can be asked for", () => {
  const text =
    "jobs:\n  a: {command: [x]}\n  b: {command: [x], description: B}\n  log-cleanup: {}\n";
  assert.deepEqual(check(text), []);
  assert.deepEqual(summary(check(`${text}rules: {job/description: warn}\n`)), [
    "warning 2:3 job/description",
  ]);
});

test("levels hold for settings beside the jobs, too", () => {
  const text =
    "project: p\ndatabase: {url: 'postgres://u:pw@h/d'}\njobs: {}\nrules: {security/literal-credential: error}\n";
  assert.deepEqual(summary(check(text)), ["2:17 security/literal-credential"]);
});

test("a rule that is no lint says so, a misspelt one what was meant", () => {
  const found = check(
    "jobs: {}\nrules: {yaml/duplicate-key: off, schedule/cron: warn, schedule/both-day: off, x: off}\n",
  );
  assert.deepEqual(
    found.map(({ message, help }) => `${message}: ${help?.slice(0, 34)}`),
    [
      "`yaml/duplicate-key` is no lint: it is an error in any case, and cannot be switched: remove the line",
      "`schedule/cron` is no lint: it is an error in any case, and cannot be switched: remove the line",
      "unknown key `schedule/both-day` in `rules`: did you mean `schedule/both-days`?",
      "unknown key `x` in `rules`: keys that can stand here: schedule",
    ],
  );
});

test("the words that people use for levels are understood, and not accepted", () => {
  const words = ["false", "none", "warning", "true", "err"];
  const helps = words.map((word) => {
    const [found] = check(`jobs: {}\nrules: {job/description: ${word}}\n`);
    assert.equal(found?.rule, "config/value");
    return found.help;
  });
  assert.deepEqual(
    helps.map((help) => /`(.*)`/.exec(help ?? "")?.[1]),
    ["off", "off", "warn", "warn", "error"],
  );
});
