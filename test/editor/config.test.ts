import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "../../src/source/load.ts";
import { cli } from "../helpers/cli.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testProject } from "../helpers/project.ts";
import { openEditor } from "./language-server.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const MODELINE = "# yaml-language-server: $schema=./schema.json\n";

/** A config beside the schema that `cronverge schema` prints, as an editor opens it. */
async function openConfig(t: Cleanup, text: string) {
  const { configFile, root } = await testProject(t, MODELINE + text);
  const { stdout } = await cli(["schema"], { cwd: root });
  await writeFile(join(dirname(configFile), "schema.json"), stdout);
  const editor = await openEditor(t);
  return { editor, configFile, problems: await editor.open(configFile) };
}

test("our own configs and that of init have no problem in an editor, which reads them by the schema", async (t) => {
  const { root } = await testProject(t, "jobs: {}\n");
  assert.equal((await cli(["init", "new"], { cwd: root })).code, 0);
  const config = "services/scheduler/config.yaml";
  const ours = globSync(`{examples/*/,}${config}`, { cwd: ROOT }).map((file) => join(ROOT, file));
  assert.ok(ours.length >= 6);
  const editor = await openEditor(t);
  for (const file of [join(root, "new", config), ...ours]) {
    assert.deepEqual(await editor.open(file), [], file);
    const spoiled = await editor.open(`${file}.spoiled`, `${readFileSync(file, "utf8")}\nx: 1\n`);
    assert.equal(spoiled.length, 1, `${file} is not read by the schema`);
  }
});

test("what is shown for a key is our text", async (t) => {
  const { editor, configFile, problems } = await openConfig(
    t,
    `jobs:
  report:
    timeout: 2h
    permissions:
      env: [TOKEN]
    command: [make, report]
`,
  );
  assert.deepEqual(problems, []);
  const shown: [number, number, RegExp][] = [
    [1, 1, /The jobs by name; `-` and `_` are the same in a name/],
    [2, 3, /One job: what to run, when, how, and what it may touch/],
    [3, 5, /Time after which an attempt is ended \(default `5m`\), from `1ms` to `24d`, or `none`/],
    [4, 5, /Nothing, unless it is granted here/],
    [5, 8, /Environment variables of the node that are passed on/],
    [6, 5, /The program and its arguments; no shell takes part/],
  ];
  for (const [line, character, expected] of shown) {
    assert.match((await editor.hover(configFile, { line, character })) ?? "nothing", expected);
  }
});

test("keys and values are offered where they may stand", async (t) => {
  const { editor, configFile } = await openConfig(
    t,
    `jobs:
  ping:
    enabled:${" "}
    http:
      url: https://example.com
      method:${" "}
  other:
    ${""}
`,
  );
  const offered = async (line: number, character: number): Promise<string[]> =>
    (await editor.complete(configFile, { line, character })).map(({ label }) => label);
  const keys = await offered(8, 4);
  for (const key of ["schedule", "command", "timeout", "permissions"])
    assert.ok(keys.includes(key));
  assert.ok(!keys.includes("jobs"), "and no key of elsewhere");
  assert.deepEqual((await offered(3, 13)).sort(), ["false", "true"]);
  assert.deepEqual(await offered(6, 14), ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);
});

const MISTAKES: Record<string, string> = {
  "a length of time": "jobs: {a: {command: [x], grace: 5 minutes}}\n",
  "a length of time, or none": "jobs: {a: {command: [x], timeout: never}}\n",
  "a distance": "jobs: {a: {command: [x], schedule: {every: 5 m}}}\n",
  "an instant": "jobs: {a: {command: [x], schedule: {at: tomorrow}}}\n",
  "a size": "jobs: {a: {command: [x], memory: much}}\n",
  "a plugin": "jobs: {a: {plugin: ../a}}\n",
  "a variable": "jobs: {a: {command: [x], permissions: {env: [A B]}}}\n",
  "a tag": "jobs: {a: {command: [x], tags: ['#1']}}\n",
  "a project": "project: My Shop\njobs: {}\n",
};

test("a mistake is told in the same words as by check, at the same place", async (t) => {
  const { editor, configFile } = await openConfig(t, "jobs: {}\n");
  for (const [what, text] of Object.entries(MISTAKES)) {
    const file = join(dirname(configFile), `${what}.yaml`);
    await writeFile(file, MODELINE + text);
    const [problem, ...others] = await editor.open(file);
    const { diagnostics } = await loadConfig({ configFile: file, nowMs: 0 });
    const [found, ...more] = diagnostics;
    assert.deepEqual([others.length, more.length], [0, 0], what);
    assert.ok(problem !== undefined && found !== undefined, what);
    assert.ok(
      found.message.includes(` ${problem.message}`),
      `${found.message} / ${problem.message}`,
    );
    const { line, character } = problem.range.start;
    assert.deepEqual([line + 1, character + 1], [found.line, found.column], what);
  }
});
