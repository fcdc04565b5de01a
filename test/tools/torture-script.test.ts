import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { JOB_SCRIPT, readLedger } from "../../tools/torture/job-script.ts";
import { findLeftovers } from "../../tools/torture/leftovers.ts";
import { waitUntil } from "../helpers/wait-until.ts";

const skip = process.platform === "linux" ? false : "it reads /proc";

/** A folder with the script, and a way to run it as a node does. */
async function workshop(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "cronverge-script-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [script, ledger, locks] = ["job.sh", "ledger", "locks"].map((name) => join(folder, name));
  assert.ok(script !== undefined && ledger !== undefined && locks !== undefined);
  await writeFile(script, JOB_SCRIPT);
  await mkdir(ledger);
  await mkdir(locks);
  const start = (id: string, attempt: string, args: string[]) => {
    const child = spawn("/bin/sh", [script, ...args], {
      detached: true,
      stdio: "ignore",
      env: {
        PATH: process.env["PATH"] ?? "",
        TORTURE_LEDGER: ledger,
        TORTURE_LOCKS: locks,
        CRONVERGE_JOB: "a",
        CRONVERGE_EXECUTION_ID: id,
        CRONVERGE_SCHEDULED_FOR: "",
        CRONVERGE_ATTEMPT: attempt,
        CRONVERGE_FENCE: "7",
      },
    });
    t.after(() => {
      if (child.exitCode === null) process.kill(-(child.pid ?? 0), "SIGKILL");
    });
    return { child, ended: once(child, "exit") };
  };
  const lines = async (): Promise<string[]> =>
    (await readLedger(ledger, 0)).map(({ kind, executionId, attempt, detail }) =>
      `${kind} ${executionId}.${attempt} ${detail}`.trim(),
    );
  return { ledger, start, lines };
}

test(
  "the script of the jobs writes its start and its end, and fails as it is told to",
  { skip },
  async (t) => {
    const { start, lines } = await workshop(t);
    assert.deepEqual(await start("x", "1", ["-", "0", "fails_once"]).ended, [1, null]);
    assert.deepEqual(await start("x", "2", ["-", "0", "fails_once"]).ended, [0, null]);
    assert.deepEqual(await lines(), ["start x.1", "end x.1 1", "start x.2", "end x.2 0"]);
  },
);

test(
  "it tells when another process is at work where none may be, until the last child is gone",
  { skip },
  async (t) => {
    const { ledger, start, lines } = await workshop(t);
    const first = start("x", "1", ["job-a", "0", "leaves"]);
    await first.ended;
    await start("x", "2", ["job-a", "0", "plain"]).ended;
    const second = ["start x.2", "busy x.2 execution", "busy x.2 job-a", "end x.2 0"];
    assert.deepEqual(await lines(), ["start x.1", "end x.1 0", ...second]);
    const left = findLeftovers(ledger);
    assert.deepEqual(
      left.map(({ executionId, command }) => [executionId, command]),
      [["x", "sleep 300"]],
    );
    for (const { pid } of left) process.kill(pid, "SIGKILL");
    await waitUntil(async () => findLeftovers(ledger).length === 0, "nothing is left");
    await start("y", "1", ["job-a", "0", "plain"]).ended;
    assert.deepEqual((await lines()).slice(6), ["start y.1", "end y.1 0"]);
  },
);
