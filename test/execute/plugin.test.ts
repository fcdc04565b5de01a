import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { stopBundler } from "../../src/source/bundle.ts";
import { launcherFor, runJobCode, scratch, taggedWith } from "./attempt.ts";

test.after(() => stopBundler());

test("a function gets its context and its JSON value is the result", async (t) => {
  const setup = { launcher: await launcherFor(t), folder: await scratch(t) };
  const run = await runJobCode(
    `import type { JobContext } from "cronverge";
     export default async (ctx: JobContext) => {
       ctx.logger.info("hello", { n: 1n, date: new Date(0) });
       console.log("out");
       return {
         name: ctx.job.name, limit: ctx.parameters.limit, attempt: ctx.execution.attempt,
         at: ctx.execution.scheduledFor?.getTime(), fence: ctx.execution.fence,
         env: Object.keys(process.env).sort(), aborted: ctx.signal.aborted,
       };
     };`,
    { ...setup, spec: { parameters: { limit: 3 } } },
  );
  assert.equal(run.outcome.error, null);
  assert.equal(run.outcome.status, "success");
  const { env, ...rest } = run.outcome.result as { env: string[] };
  assert.deepEqual(rest, {
    name: "probe",
    limit: 3,
    attempt: 1,
    at: Date.parse("2026-01-02T03:04:05Z"),
    fence: "7",
    aborted: false,
  });
  assert.ok(env.includes("CRONVERGE_FENCE") && !env.includes("NODE_OPTIONS"));
  const logged = run.lines.find((line) => line.module === "job");
  assert.equal(logged?.message, "hello");
  assert.deepEqual(logged?.metadata, { n: "1", date: "1970-01-01T00:00:00.000Z" });
  assert.ok(run.lines.some((line) => line.module === "stdout" && line.message === "out"));
});

test("defineJob, a class with run, and a named export are jobs", async (t) => {
  const setup = { launcher: await launcherFor(t), folder: await scratch(t) };
  const defined = await runJobCode(
    `import { defineJob, JobResult } from "cronverge";
     export default defineJob({ name: "probe", execute: () =>
       JobResult.success().withMessage("done").withStats(5, 1).withDuration(9) });`,
    setup,
  );
  assert.equal(defined.outcome.status, "success");
  assert.equal(defined.outcome.message, "done");
  assert.equal(defined.outcome.itemsProcessed, 5);
  assert.equal(defined.outcome.itemsFailed, 1);
  const byClass = await runJobCode(
    `export default class Probe { name = "probe"; get schedule() { return "@daily"; } async run(ctx) { return ctx.job.name; } }`,
    setup,
  );
  assert.equal(byClass.outcome.result, "probe");
  const named = await runJobCode(`export const build = () => 42;`, {
    ...setup,
    exportName: "build",
  });
  assert.equal(named.outcome.result, 42);
  const missing = await runJobCode(`export const build = () => 42;`, {
    ...setup,
    exportName: "bild",
  });
  assert.equal(missing.outcome.reason, "code_unavailable");
  assert.match(missing.outcome.error ?? "", /no export bild; it exports build/);
});

test("each way to fail has its reason", async (t) => {
  const setup = { launcher: await launcherFor(t), folder: await scratch(t) };
  const cases: [code: string, reason: string, error: RegExp][] = [
    [
      `export default () => ({ success: false, message: "no mail" })`,
      "returned_failure",
      /no mail/,
    ],
    [`export default () => { throw new TypeError("boom") }`, "threw", /TypeError: boom/],
    [`export default () => () => 1`, "threw", /JSON cannot carry/],
    [`throw new Error("early"); export default 1`, "code_unavailable", /early/],
    [`export default 7`, "code_unavailable", /is no job/],
    [`process.exit(0); export default () => 1`, "no_result", /before the job returned/],
    [`export default () => process.exit(3)`, "exit_code", /exit code 3/],
    [`await new Promise(() => {}); export default () => 1`, "no_result", /nothing left/],
    [
      `export default () => { setTimeout(() => { throw new Error("late") }, 20); return 1 }`,
      "threw",
      /late/,
    ],
    [
      `export default () => { Promise.reject(new Error("unhandled")); return 1 }`,
      "threw",
      /unhandled/,
    ],
    [
      `export default () => { process.kill(process.pid, "SIGKILL"); return new Promise(() => setTimeout(() => {}, 9e3)) }`,
      "signal",
      /SIGKILL/,
    ],
    [
      `import { nothing } from "node:fs"; export default () => nothing`,
      "code_unavailable",
      /nothing/,
    ],
    [`import { x } from "cronverge"; export default () => x`, "code_unavailable", /x/],
  ];
  for (const [code, reason, error] of cases) {
    const { outcome } = await runJobCode(code, setup);
    assert.equal(outcome.status, "failed", code);
    assert.equal(outcome.reason, reason, `${code}: ${outcome.error}`);
    assert.match(outcome.error ?? "", error, code);
  }
});

test("a hanging import is ended by the timeout", async (t) => {
  const setup = { launcher: await launcherFor(t), folder: await scratch(t) };
  const { outcome } = await runJobCode(
    `setInterval(() => {}, 1000); await new Promise(() => {}); export default () => 1`,
    { ...setup, spec: { timeoutMs: 400, graceMs: 100 } },
  );
  assert.equal(outcome.status, "timed_out");
});

test("the stack names the author's lines", async (t) => {
  const setup = { launcher: await launcherFor(t), folder: await scratch(t) };
  const { outcome } = await runJobCode(
    `interface Row { id: number }\n\nfunction check(row: Row): void {\n  throw new Error("row " + row.id);\n}\n\nexport default () => check({ id: 4 });\n`,
    setup,
  );
  assert.match(outcome.error ?? "", /Error: row 4\n\s+at check \(plugins\/probe\.ts:4:9\)/);
});

test("a process that hangs after its result is ended, the result kept, and the row warns", async (t) => {
  const [launcher, folder] = [await launcherFor(t), await scratch(t)];
  const [polite, busy] = await Promise.all([
    runJobCode(
      `import { JobResult } from "cronverge"; export default () => {
         setInterval(() => {}, 50); return JobResult.success().withMessage("done") }`,
      { launcher, folder: join(folder, "polite") },
    ),
    runJobCode(`export default () => { setTimeout(() => { for (;;); }, 10); return "kept" }`, {
      launcher,
      folder: join(folder, "busy"),
    }),
  ]);
  assert.equal(polite.outcome.status, "success");
  assert.equal(
    polite.outcome.message,
    "done; warning: the process was still busy 2 s after the job had returned, and was ended",
  );
  const warned = polite.lines.find((line) => line.level === "warn");
  assert.match(warned?.message ?? "", /still busy/);
  assert.deepEqual(warned?.metadata, { open: ["Timeout"] });
  assert.equal(busy.outcome.status, "success");
  assert.equal(busy.outcome.result, "kept");
  assert.match(busy.outcome.message ?? "", /^warning: the process did not end .* was killed$/);
  assert.ok(busy.lines.some((line) => line.level === "warn" && /was killed/.test(line.message)));
  assert.deepEqual(await taggedWith(busy.executionId), []);
});

test("a cancelled job sees its signal and may use its grace", async (t) => {
  const setup = { launcher: await launcherFor(t), folder: await scratch(t) };
  const cancel = new AbortController();
  const { outcome, lines } = await runJobCode(
    `export default async ({ signal, logger }) => {
       logger.info("ready");
       const timer = setInterval(() => {}, 1000);
       await new Promise((resolve) => signal.addEventListener("abort", resolve));
       logger.info("cleaning up: " + signal.reason.message);
       clearInterval(timer);
       throw signal.reason;
     };`,
    {
      ...setup,
      signal: cancel.signal,
      onLog: (batch) => {
        if (batch.some((line) => line.message === "ready")) cancel.abort("cancel_requested");
      },
    },
  );
  assert.equal(outcome.status, "cancelled");
  assert.equal(outcome.reason, "cancel_requested");
  assert.ok(lines.some((line) => line.message === "cleaning up: the run ends: cancel_requested"));
});

test("a busy loop is ended by its timeout and a full heap ends only the job", async (t) => {
  const setup = { launcher: await launcherFor(t), folder: await scratch(t) };
  const busy = await runJobCode(`export default () => { for (;;); }`, {
    ...setup,
    spec: { timeoutMs: 500, graceMs: 200 },
  });
  assert.equal(busy.outcome.reason, "timeout");
  const heap = await runJobCode(
    `export default () => { const all = []; for (;;) all.push(new Array(1000).fill(all.length)); }`,
    { ...setup, spec: { memoryBytes: 128 * 1_048_576 } },
  );
  assert.equal(heap.outcome.reason, "out_of_memory", heap.outcome.error ?? "");
  const buffers = await runJobCode(
    `export default async () => { const all = []; for (;;) { all.push(Buffer.alloc(1e7, 1)); await new Promise((r) => setTimeout(r, 5)); } }`,
    setup,
  );
  assert.equal(buffers.outcome.reason, "out_of_memory");
  assert.equal(buffers.outcome.signal, "SIGKILL");
});

test("a forged message is ignored, and logging is bounded", async (t) => {
  const setup = { launcher: await launcherFor(t), folder: await scratch(t) };
  const { outcome, lines } = await runJobCode(
    `import { writeSync } from "node:fs";
     export default ({ logger }) => {
       writeSync(3, JSON.stringify({ type: "result", nonce: "x", result: { success: true, value: "forged" } }) + "\\n");
       writeSync(3, "not json\\n");
       for (let i = 0; i < 20000; i += 1) logger.info("line " + i);
       return "real";
     };`,
    { ...setup, spec: { outputBytes: 20_000 } },
  );
  assert.equal(outcome.result, "real");
  assert.ok(lines.length < 400, String(lines.length));
  assert.equal(lines.at(-1)?.message, "line 19999");
  assert.ok(lines.some((line) => /lines of the log left out/.test(line.message)));
});

test("secret values are redacted wherever the job shows them", async (t) => {
  const setup = { launcher: await launcherFor(t), folder: await scratch(t) };
  await writeFile(join(setup.folder, "token"), "s3cret-value\n");
  const { outcome, lines } = await runJobCode(
    `export default ({ logger }) => {
       console.log("a", process.env.TOKEN); logger.info("b " + process.env.TOKEN, { c: process.env.TOKEN });
       console.error(Buffer.from(process.env.TOKEN).toString("base64"));
       return { value: process.env.TOKEN + "\\0" };
     };`,
    { ...setup, spec: { env: { TOKEN: { file: "token" } } } },
  );
  assert.deepEqual(outcome.result, { value: "[redacted]␀" });
  const text = JSON.stringify(lines);
  assert.ok(!text.includes("s3cret-value") && !text.includes("czNjcmV0LXZhbHVl"), text);
  const missing = await runJobCode(`export default () => 1`, {
    ...setup,
    spec: { env: { TOKEN: { env: "CRONVERGE_TEST_ABSENT" } } },
  });
  assert.equal(missing.outcome.reason, "secret_unavailable");
  assert.match(missing.outcome.error ?? "", /^env\.TOKEN: .*CRONVERGE_TEST_ABSENT/);
});

test("of a secret value at which a text was cut, nothing is shown", async (t) => {
  const setup = { launcher: await launcherFor(t), folder: await scratch(t) };
  await writeFile(join(setup.folder, "token"), "s3cret-value-0123456789");
  // The texts are cut after 16,384 characters, and then 12 of the value are left.
  const { outcome, lines } = await runJobCode(
    `export default ({ logger }) => {
       const text = (before, size = 16_384) => before + "x".repeat(size - before.length - 12) + process.env.TOKEN + " more";
       logger.info(text(""), { field: text('{"field":"').slice(10) });
       logger.info({ field: text("", 10_000) }, text(""));
       logger.info("not s3cret-value…");
       throw new Error(text("Error: ").slice(7));
     };`,
    { ...setup, spec: { env: { TOKEN: { file: "token" } } } },
  );
  const [first, second, third] = lines.filter(({ module }) => module === "job");
  const cut = [first?.message, first?.metadata, second?.metadata, outcome.error?.split("\n")[0]];
  for (const text of cut) assert.match(JSON.stringify(text).slice(-30), /x\[redacted\]…"$/);
  assert.doesNotMatch(second?.message.slice(-500) ?? "", /s3cret/);
  assert.equal(third?.message, "not s3cret-value…");
});
