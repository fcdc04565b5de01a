import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import type { Cleanup } from "../helpers/database.ts";
import { MAIN } from "../helpers/main.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const EXAMPLE = join(ROOT, "examples", "git-review");
const README = join(EXAMPLE, "README.md");
const COMMENT = /(?<=<!-- the comment begins -->\n)[^]*(?=<!-- the comment ends -->)/;

/** Types the commands of the README into a shell, in which `cronverge` is this checkout's. */
async function followReadme(t: Cleanup) {
  const folder = await mkdtemp(join(tmpdir(), "cronverge-review-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const program = join(folder, "bin", "cronverge");
  await mkdir(join(folder, "bin"));
  await mkdir(join(folder, "tmp"));
  const main = MAIN;
  await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  await chmod(program, 0o755);
  const env = {
    PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}`,
    TMPDIR: join(folder, "tmp"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: "A. Reader",
    GIT_AUTHOR_EMAIL: "reader@example.com",
    GIT_COMMITTER_NAME: "A. Reader",
    GIT_COMMITTER_EMAIL: "reader@example.com",
  };
  const [, commands = ""] = /```sh\n([^]*?)```/.exec(await readFile(README, "utf8")) ?? [];
  const run = promisify(execFile);
  const { stdout, stderr } = await run("bash", ["--norc", "-e", "-c", commands], {
    cwd: ROOT,
    env,
  });
  const [copy = ""] = await readdir(env.TMPDIR);
  const cwd = join(env.TMPDIR, copy);
  const review = (...args: string[]) => run(program, args, { cwd, env });
  return { stdout, stderr, cwd, review };
}

/** Without what differs from day to day and from copy to copy. */
function lasting(text: string): string {
  return text
    .replaceAll(/[A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?/g, "(time)")
    .replaceAll(/\b(?:[0-9a-f]{12}|[0-9a-f]{7})\b/g, "(hash)");
}

test("git-review: the commands of its README show what its README shows", async (t) => {
  const { stdout, stderr, cwd, review } = await followReadme(t);
  assert.equal(stderr, "");
  assert.match(stdout, /^ok {2}services\/scheduler\/config\.yaml: 4 jobs\n/);
  assert.match(stdout, /Every 5 minutes → Daily at 0:05/);
  await assert.rejects(review("plan", "--against", "main", "--deny-widening"), { code: 1 });
  assert.ok(!(await readdir(cwd)).includes(".cronverge"), "no database was needed");

  const comment = await readFile(join(cwd, "comment.md"), "utf8");
  const readme = await readFile(README, "utf8");
  if (process.env["GOLDEN"] === "write") {
    await writeFile(
      README,
      readme.replace(COMMENT, () => comment),
    );
  }
  const [shown = ""] = COMMENT.exec(await readFile(README, "utf8")) ?? [];
  assert.equal(lasting(shown), lasting(comment));
});

test("git-review: its workflow is the one that init writes", async () => {
  const own = await readFile(join(EXAMPLE, ".github", "workflows", "schedule.yml"), "utf8");
  assert.equal(own, await readFile(join(ROOT, "scaffold", "workflow.yml"), "utf8"));
});
