import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { cli } from "../helpers/cli.ts";
import { plugin, testProject } from "../helpers/project.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");
const CONFIG = `jobs:
  greet: {schedule: "0 2 * * *"}
  backup: {schedule: "@daily", command: [pg_dump]}
`;

test("a good file is one line and 0, in both spellings", async (t) => {
  const project = await testProject(t, CONFIG);
  await project.write("plugins/greet.ts", plugin("return;"));
  for (const args of [["check"], ["--check"], ["check", project.configFile]]) {
    const { code, stdout, stderr } = await cli(args, { cwd: project.root });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^ok {2}.*config\.yaml: 2 jobs\n$/);
  }
});

test("a bad file is shown with its place, and 1", async (t) => {
  const project = await testProject(t, 'jobs:\n  a: {schedule: "61 * * * *", command: ["true"]}\n');
  const { code, stdout } = await cli(["--check"], { cwd: project.root });
  assert.equal(code, 1);
  assert.match(stdout, /^services\/scheduler\/config\.yaml:2:\d+ {2}error/);
  assert.match(stdout, /\^/);
  const { stdout: json } = await cli(["--check", "--json"], { cwd: project.root });
  assert.equal(JSON.parse(json).data.ok, false);
});

/** Prints the modules that a process loaded, when it ends. */
const RECORDER = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from "node:module";
const loaded = [];
registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
process.on("exit", () => process.stderr.write(loaded.join("\\n")));
`)}`;

test("check loads nothing that could run code, reach a database or watch files", async (t) => {
  const project = await testProject(t, CONFIG);
  await project.write("plugins/greet.ts", plugin("return;"));
  const { stderr } = await promisify(execFile)(
    process.execPath,
    ["--import", RECORDER, MAIN, "check"],
    { cwd: project.root },
  );
  const loaded = stderr.split("\n");
  assert.ok(
    loaded.some((url) => url.endsWith("/source/load.ts")),
    "the recorder works",
  );
  const strange = loaded.filter((url) =>
    /\/src\/(store|daemon|execute|sandbox|builtin)\/|node_modules\/(postgres|execa|esbuild|pino|cronstrue|chokidar|string-width)\//.test(
      url,
    ),
  );
  assert.deepEqual(strange, []);
});
