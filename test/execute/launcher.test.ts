import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import {
  monotonicMs,
  startLauncher,
  type Launcher,
  type LaunchSpec,
  type OutputLine,
  type ProcessOutcome,
} from "../../src/execute/launcher-client.ts";
import {
  eventually,
  launcherFor,
  residentBytesOf,
  shellSpec,
  startProgram,
  taggedWith,
} from "./attempt.ts";

interface Launched {
  outcome: ProcessOutcome;
  lines: OutputLine[];
}

/** Launches and collects; `onLine` is called for each line as it comes. */
async function run(
  launcher: Launcher,
  spec: LaunchSpec,
  onLine: (text: string) => void = () => undefined,
): Promise<Launched> {
  const lines: OutputLine[] = [];
  const outcome = await launcher.launch(spec, {
    onStarted: () => undefined,
    onOutput: (batch) => {
      lines.push(...batch);
      for (const line of batch) onLine(line.text);
    },
    onMessage: () => undefined,
  });
  return { outcome, lines };
}

test("output, exit code and the tail of stderr arrive", async (t) => {
  const launcher = await launcherFor(t);
  const spec = shellSpec("echo one; echo two >&2; printf three; exit 4");
  const { outcome, lines } = await run(launcher, spec);
  assert.equal(outcome.ending, "exited");
  assert.equal(outcome.exitCode, 4);
  assert.deepEqual(outcome.outputTail, ["two"]);
  const texts = lines.map((line) => `${line.stream} ${line.text}`).toSorted();
  assert.deepEqual(texts, ["stderr two", "stdout one", "stdout three"]);
});

test("a process starts with an environment from nothing and closed input", async (t) => {
  const launcher = await launcherFor(t);
  const spec = shellSpec("cat; env -0 | tr '\\0' '\\n' | grep -v '^PWD=\\|^_=\\|^SHLVL='", {
    env: { PATH: process.env.PATH ?? "", A: "1" },
  });
  const { lines } = await run(launcher, spec);
  const names = lines.map((line) => line.text.replace(/=.*/, "")).toSorted();
  assert.deepEqual(names, ["A", "CRONVERGE_EXECUTION_ID", "PATH"]);
});

test("what cannot be started says why", async (t) => {
  const launcher = await launcherFor(t);
  const missing = await run(launcher, shellSpec("", { file: "/nowhere/program" }));
  assert.equal(missing.outcome.ending, "spawn_failed");
  assert.match(missing.outcome.error ?? "", /\/nowhere\/program was not found/);
  const folder = await run(launcher, shellSpec("true", { cwd: "/nowhere" }));
  assert.match(folder.outcome.error ?? "", /directory \/nowhere does not exist/);
  const file = await run(launcher, shellSpec("", { file: "/etc/passwd" }));
  assert.match(file.outcome.error ?? "", /may not be executed/);
  const invalid = await run(launcher, shellSpec("a\0b"));
  assert.equal(invalid.outcome.ending, "spawn_failed");
});

test("a timeout ends a job that ignores SIGTERM, and a grandchild that left the group", async (t) => {
  const launcher = await launcherFor(t);
  const spec = shellSpec(
    "trap '' TERM; setsid sh -c 'trap \"\" TERM; sleep 300' & (setsid sleep 301 &) ; while :; do sleep 0.05; done",
    { timeoutMs: 300 },
  );
  const { outcome } = await run(launcher, spec);
  assert.equal(outcome.ending, "timeout");
  assert.equal(outcome.signal, "SIGKILL");
  assert.ok(outcome.durationMs >= 590 && outcome.durationMs < 5_000, String(outcome.durationMs));
  assert.deepEqual(await taggedWith(spec.executionId), []);
});

test("what outlives its main process within the grace may clean up, and no longer", async (t) => {
  const launcher = await launcherFor(t);
  const child = "trap 'sleep 0.2; echo cleaned; exit' TERM; echo up; while :; do sleep 0.02; done";
  const spec = shellSpec(`sh -c '${child.replaceAll("'", "'\\''")}' & wait`, { graceMs: 5_000 });
  const { outcome, lines } = await run(launcher, spec, (text) => {
    if (text === "up") launcher.cancel(spec.executionId, "cancel_requested");
  });
  assert.equal(outcome.ending, "cancelled");
  assert.ok(lines.some((line) => line.text === "cleaned"));
  assert.ok(outcome.durationMs < 4_000);
});

test("a stopped job still times out", async (t) => {
  const launcher = await launcherFor(t);
  const spec = shellSpec("trap '' TERM; kill -STOP $$; while :; do sleep 0.05; done", {
    timeoutMs: 200,
    graceMs: 100,
  });
  assert.equal((await run(launcher, spec)).outcome.ending, "timeout");
});

test("what a finished job leaves behind is killed, even with the output held open", async (t) => {
  const launcher = await launcherFor(t);
  const spec = shellSpec("echo before; sleep 300 & setsid sleep 300 & exit 0");
  const { outcome, lines } = await run(launcher, spec);
  assert.equal(outcome.ending, "exited");
  assert.equal(outcome.exitCode, 0);
  assert.deepEqual(
    lines.map((line) => line.text),
    ["before"],
  );
  assert.deepEqual(await taggedWith(spec.executionId), []);
});

test("a stranger that holds the output open delays the end by no more than a second", async (t) => {
  const launcher = await launcherFor(t);
  const spec = shellSpec("env -i setsid sleep 3 & echo $!; exit 0");
  const begin = performance.now();
  const { outcome, lines } = await run(launcher, spec);
  assert.equal(outcome.exitCode, 0);
  assert.ok(performance.now() - begin < 2_500);
  assert.match(lines[0]?.text ?? "", /^\d+$/);
});

test("a job that closes its output is supervised to its end", async (t) => {
  const launcher = await launcherFor(t);
  const spec = shellSpec("exec >&- 2>&-; sleep 0.3; exit 5");
  const { outcome } = await run(launcher, spec);
  assert.equal(outcome.exitCode, 5);
  assert.ok(outcome.durationMs >= 300);
});

test("memory above the cap kills the whole tree", async (t) => {
  const launcher = await launcherFor(t);
  const hog = "const all = []; setInterval(() => all.push(Buffer.alloc(2e7, 1)), 5)";
  const spec = shellSpec(`"${process.execPath}" -e '${hog}'; exit 0`, { memoryBytes: 200e6 });
  const { outcome } = await run(launcher, spec);
  assert.equal(outcome.ending, "out_of_memory");
  assert.deepEqual(await taggedWith(spec.executionId), []);
});

test("a great deal of output is bounded, marked, and costs little memory", async (t) => {
  const launcher = await launcherFor(t);
  await run(launcher, shellSpec("yes | head -c 2000000"));
  const before = {
    own: process.memoryUsage().rss,
    launcher: await residentBytesOf(launcher.pid),
  };
  const spec = shellSpec("yes 0123456789abcdef | head -c 300000000; echo; echo the end", {
    outputBytes: 200_000,
  });
  const { outcome, lines } = await run(launcher, spec);
  assert.equal(outcome.exitCode, 0);
  assert.equal(lines.at(-1)?.text, "the end");
  const mark = lines.find((line) => line.text.includes("left out"));
  assert.match(mark?.text ?? "", /^… 29\d{7} bytes of output left out …$/);
  const kept = lines.reduce((sum, line) => sum + line.text.length, 0);
  assert.ok(kept < 200_000, String(kept));
  const grown = (await residentBytesOf(launcher.pid)) - before.launcher;
  assert.ok(grown < 24e6, `the launcher grew by ${grown}`);
  assert.ok(process.memoryUsage().rss - before.own < 48e6);
});

test("ten megabytes without a newline, and binary, are cut into lines that can be stored", async (t) => {
  const launcher = await launcherFor(t);
  const long = await run(launcher, shellSpec("head -c 10000000 /dev/zero | tr '\\0' x"));
  assert.ok(long.lines.every((line) => line.text.length <= 16_384));
  assert.ok(long.lines.some((line) => line.text.includes("left out")));
  const binary = await run(launcher, shellSpec("printf 'a\\000b\\377c\\303\\244\\033[31m\\n'"));
  assert.equal(binary.lines[0]?.text, "a␀b\uFFFDcä\u001b[31m");
});

test("each way to end a job is told, and a lost lease needs no grace", async (t) => {
  const launcher = await launcherFor(t);
  for (const [reason, ending] of [
    ["cancel_requested", "cancelled"],
    ["shutdown", "shutdown"],
    ["lease_lost", "lease_lost"],
  ] as const) {
    const spec = shellSpec("trap '' TERM; echo up; while :; do sleep 0.05; done", {
      graceMs: reason === "lease_lost" ? 60_000 : 50,
    });
    const { outcome } = await run(launcher, spec, () => launcher.cancel(spec.executionId, reason));
    assert.equal(outcome.ending, ending);
  }
});

test("at the deadline everything is killed and nothing is started", async (t) => {
  const launcher = await launcherFor(t);
  const spec = shellSpec("trap '' TERM; echo up; while :; do sleep 0.05; done");
  let setMs = 0;
  const { outcome } = await run(launcher, spec, () => {
    setMs = monotonicMs();
    launcher.extendDeadline(setMs + 5_000);
    launcher.extendDeadline(setMs + 300);
  });
  const tookMs = monotonicMs() - setMs;
  assert.equal(outcome.ending, "lease_lost");
  assert.ok(tookMs >= 299 && tookMs < 2_000, String(tookMs));
  assert.equal((await run(launcher, shellSpec("echo no"))).outcome.ending, "lease_lost");
  launcher.extendDeadline(monotonicMs() + 60_000);
  assert.equal((await run(launcher, shellSpec("echo yes"))).outcome.ending, "exited");
});

test("when the launcher is killed, every launch ends as launcher_died", async () => {
  const exited = Promise.withResolvers<NodeJS.Signals | null>();
  const launcher = await startLauncher({ onExit: (_code, signal) => exited.resolve(signal) });
  const spec = shellSpec("echo up; exec sleep 300");
  const { outcome } = await run(launcher, spec, () => process.kill(launcher.pid, "SIGKILL"));
  assert.equal(outcome.ending, "launcher_died");
  assert.equal(await exited.promise, "SIGKILL");
  const later = await run(launcher, shellSpec("echo no"));
  assert.equal(later.outcome.ending, "launcher_died");
  for (const pid of await taggedWith(spec.executionId)) process.kill(pid, "SIGKILL");
  await launcher[Symbol.asyncDispose]();
});

test("when the scheduler is killed, its launcher and all jobs are gone", async () => {
  const executionId = randomUUID();
  const program = join(import.meta.dirname, "scheduler-program.ts");
  const script = "trap '' TERM; setsid sleep 300 & while :; do sleep 0.05; done";
  const { child, firstLine } = await startProgram(program, [executionId, script]);
  const [launcherPid = 0] = firstLine.split(" ").map(Number);
  await eventually(async () => (await taggedWith(executionId)).length >= 2, "the job runs");
  child.kill("SIGKILL");
  await once(child, "exit");
  await eventually(async () => (await taggedWith(executionId)).length === 0, "the job is gone");
  await eventually(async () => (await residentBytesOf(launcherPid)) === 0, "the launcher is gone");
});

test("a signal to the launcher does not end it, and disposing of it ends the jobs", async () => {
  const launcher = await startLauncher({ onExit: () => undefined });
  const spec = shellSpec("trap '' TERM; echo up; while :; do sleep 0.05; done");
  const { outcome } = await run(launcher, spec, () => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
      process.kill(launcher.pid, signal);
    void launcher[Symbol.asyncDispose]();
  });
  assert.equal(outcome.ending, "launcher_died");
  assert.deepEqual(await taggedWith(spec.executionId), []);
});
