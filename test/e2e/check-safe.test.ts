import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { testProject } from "../helpers/project.ts";
import { deeds, NO_STRACE, startedPrograms, traced } from "./trace.ts";

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
  const options = { cwd: project.root, env: {}, watched: true };
  const { status, stderr, calls } = await traced(t, ["check"], options);
  assert.equal(status, 0, stderr);
  assert.ok(!existsSync(join(project.root, "pwned")));
  assert.ok(!existsSync(project.stateDir), "no state is made");
  await t.test("as the system sees it", { skip: NO_STRACE }, () => {
    assert.deepEqual(startedPrograms(calls ?? []), [process.execPath]);
    assert.deepEqual(deeds(calls ?? []), []);
  });
});
