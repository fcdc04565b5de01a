import assert from "node:assert/strict";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { REPORTERS } from "../../src/cli/reporter.ts";
import { testRepository } from "../helpers/repository.ts";
import type { TestRepository } from "../helpers/repository.ts";
import { together } from "../helpers/together.ts";
import { BROKEN, defineEvilPrograms, hostilePullRequest } from "./hostile.ts";
import { CONFIG } from "./review-history.ts";
import type { Traced } from "./trace.ts";
import { deeds, NO_STRACE, startedPrograms, traced } from "./trace.ts";

const COMMANDS = [["check"], ["plan", "--against", "main"]];
/** What the others do differs from these only in the words. */
const WATCHED: readonly string[] = ["human", "markdown"];

/** What a reporter said of the pull request, and what was done for it. */
interface Reported extends Traced {
  reporter: string;
}

function reportAll(t: TestContext, { root }: TestRepository): Promise<Reported[]> {
  const env = { PATH: process.env["PATH"] ?? "", CANARY: "canary-value" };
  const lines = REPORTERS.flatMap((reporter) => COMMANDS.map((command) => ({ reporter, command })));
  return together(lines, async ({ reporter, command }) => {
    const options = { cwd: root, env, watched: WATCHED.includes(reporter) };
    return { reporter, ...(await traced(t, [...command, "--reporter", reporter], options)) };
  });
}

test("a hostile pull request is checked and planned, and its words stay words", async (t) => {
  const repository = await testRepository(t);
  const { root } = repository;
  await hostilePullRequest(repository);
  defineEvilPrograms(repository);
  const sound = await reportAll(t, repository);
  await repository.write(CONFIG, BROKEN);
  const broken = await reportAll(t, repository);
  for (const [status, reports] of [sound, broken].entries()) {
    for (const report of reports) {
      assert.equal(report.status, status, `${report.stdout}\n${report.stderr}`);
      assertWords(report);
      assertNoCommands(report);
    }
  }
  assert.deepEqual(globSync("**/pwned", { cwd: root }), []);
  assert.ok(!existsSync(join(root, ".cronverge")), "no state is made");
  await t.test("and nothing is run or done for it", { skip: NO_STRACE }, () => {
    const traces = [...sound, ...broken].flatMap(({ calls }) => (calls === null ? [] : [calls]));
    assert.equal(traces.length, 2 * WATCHED.length * COMMANDS.length);
    for (const calls of traces) assertHarmless(calls);
  });
});

function assertWords({ stdout, stderr }: Reported): void {
  const said = stdout + stderr;
  assert.ok(!said.includes("canary-value"));
  assert.ok(!/(?![\n\t])[\p{Cc}\u202E]/u.test(said), "no control characters");
}

/** The runner takes a line for a command after it has trimmed it, and the old form anywhere in it. */
function assertNoCommands({ stdout, stderr, reporter }: Reported): void {
  const commands = `${stdout}\n${stderr}`
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trimStart().startsWith("::") || line.includes("##["));
  const ours = reporter === "github" ? /^::(error|warning|notice) (file|title)=/ : /^$/;
  const strangers = commands.filter((line) => !ours.test(line));
  assert.deepEqual(strangers, []);
}

function assertHarmless(calls: readonly string[]): void {
  const programs = startedPrograms(calls);
  assert.ok(programs.includes(process.execPath), "the trace is one");
  const strangers = programs.filter((path) => path !== process.execPath && !path.endsWith("/git"));
  assert.deepEqual(strangers, [], "nothing but git is run");
  assert.deepEqual(deeds(calls), [], "nothing is written and nobody is talked to");
  const foreign = calls.filter((call) => /openat\([^)]*"\/etc\/passwd"/.test(call));
  assert.deepEqual(foreign, [], "no link is followed out of the repository");
}
