import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { testProject } from "../helpers/project.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");

const hasStrace = spawnSync("strace", ["-V"]).status === 0;

/** Everything of a pull request that could make a tool run something of it. */
const HOSTILE = `
import { writeFileSync } from "node:fs";
writeFileSync(process.env.PWNED ?? "pwned", "import");
export default async () => {};
`;

test("check runs nothing of the project: one program, no socket, no file written", async (t) => {
  const project = await testProject(t, "jobs:\n  evil: {schedule: '@daily', parameters: {a: 1}}\n");
  await project.write("plugins/evil.ts", HOSTILE);
  await project.write(
    "package.json",
    '{"scripts": {"prepare": "touch pwned"}, "imports": {"#a": "./x"}}',
  );
  await project.write("tsconfig.json", '{"extends": "./pwned.json"}');
  const trace = join(project.root, "trace");
  const command = [process.execPath, MAIN, "check"];
  const traced = ["-f", "-o", trace, "-e", "trace=execve,connect,openat,fork,vfork"];
  const { status, stderr } = hasStrace
    ? spawnSync("strace", [...traced, ...command], { cwd: project.root, env: {}, encoding: "utf8" })
    : spawnSync(process.execPath, command.slice(1), {
        cwd: project.root,
        env: {},
        encoding: "utf8",
      });
  assert.equal(status, 0, stderr);
  assert.ok(!existsSync(join(project.root, "pwned")));
  assert.ok(!existsSync(project.stateDir), "no state is made");
  if (!hasStrace) return;
  const calls = (await readFile(trace, "utf8")).split("\n");
  assert.equal(calls.filter((call) => / execve\(/.test(call)).length, 1);
  assert.deepEqual(
    calls.filter((call) => / (connect|v?fork)\(/.test(call)),
    [],
  );
  const written = calls.filter(
    (call) =>
      / openat\(/.test(call) && /O_(WRONLY|RDWR|CREAT)/.test(call) && call.includes(project.root),
  );
  assert.deepEqual(written, []);
});
