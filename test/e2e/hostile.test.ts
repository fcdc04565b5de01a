import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { REPORTERS } from "../../src/cli/reporter.ts";
import { testRepository } from "../helpers/repository.ts";
import type { TestRepository } from "../helpers/repository.ts";
import { BROKEN, defineEvilPrograms, hostilePullRequest } from "./hostile.ts";
import { CONFIG } from "./review-history.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");
const hasStrace = spawnSync("strace", ["-V"]).status === 0;

/** What a command said, and every call of the system by which it could have done something. */
interface Traced {
  status: number | null;
  stdout: string;
  stderr: string;
  calls: string[];
}

/** Runs the command line in the repository, under strace where there is one. */
async function traced(t: TestContext, args: string[], { root }: TestRepository): Promise<Traced> {
  const folder = await mkdtemp(join(tmpdir(), "cronverge-trace-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const trace = join(folder, "trace");
  const command = [process.execPath, MAIN, ...args];
  const watched =
    "trace=execve,connect,bind,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,symlink,symlinkat";
  const line = hasStrace
    ? ["strace", "-f", "-s", "4096", "-o", trace, "-e", watched, ...command]
    : command;
  const env = { PATH: process.env["PATH"] ?? "", CANARY: "canary-value" };
  const [program = "", ...rest] = line;
  const { status, stdout, stderr } = spawnSync(program, rest, { cwd: root, env, encoding: "utf8" });
  const calls = hasStrace ? readFileSync(trace, "utf8").split("\n") : [];
  return { status, stdout, stderr, calls };
}

function assertHarmless({ calls, stdout, stderr }: Traced, { root }: TestRepository): void {
  assert.deepEqual(globSync("**/pwned", { cwd: root }), []);
  assert.ok(!existsSync(join(root, ".cronverge")), "no state is made");
  const programs = calls
    .filter((call) => / execve\(/.test(call) && call.endsWith("= 0"))
    .map((call) => /execve\("([^"]+)"/.exec(call)?.[1] ?? "");
  const strangers = programs.filter((path) => path !== process.execPath && !path.endsWith("/git"));
  assert.deepEqual(strangers, [], "nothing but git is run");
  assert.deepEqual(
    calls.filter((call) => / (connect|bind)\(/.test(call)),
    [],
  );
  const writes = calls.filter(
    (call) =>
      call.includes(root) &&
      (/O_(WRONLY|RDWR|CREAT)/.test(call) || / (creat|mkdir|rename|unlink|symlink)/.test(call)),
  );
  assert.deepEqual(writes, [], "nothing is written");
  const foreign = calls.filter((call) => /openat\([^)]*"\/etc\/passwd"/.test(call));
  assert.deepEqual(foreign, [], "no link is followed out of the repository");
  const said = stdout + stderr;
  assert.ok(!said.includes("canary-value"));
  assert.ok(!/(?![\n\t])[\p{Cc}\u202E]/u.test(said), "no control characters");
}

for (const reporter of REPORTERS) {
  test(`a hostile pull request, checked and planned for ${reporter}`, async (t) => {
    const repository = await testRepository(t);
    await hostilePullRequest(repository);
    defineEvilPrograms(repository);
    for (const command of [["check"], ["plan", "--against", "main"]]) {
      const done = await traced(t, [...command, "--reporter", reporter], repository);
      assert.equal(done.status, 0, `${done.stdout}\n${done.stderr}`);
      assertHarmless(done, repository);
      assertNoCommands(done, reporter);
    }
    await repository.write(CONFIG, BROKEN);
    for (const command of [["check"], ["plan", "--against", "main"]]) {
      const done = await traced(t, [...command, "--reporter", reporter], repository);
      assert.equal(done.status, 1, `${done.stdout}\n${done.stderr}`);
      assertHarmless(done, repository);
      assertNoCommands(done, reporter);
    }
  });
}

/** The runner takes a line for a command after it has trimmed it, and the old form anywhere in it. */
function assertNoCommands({ stdout, stderr }: Traced, reporter: string): void {
  const commands = `${stdout}\n${stderr}`
    .split(/\r\n|\r|\n/)
    .filter((line) => line.trimStart().startsWith("::") || line.includes("##["));
  const ours = reporter === "github" ? /^::(error|warning|notice) (file|title)=/ : /^$/;
  const strangers = commands.filter((line) => !ours.test(line));
  assert.deepEqual(strangers, []);
}
