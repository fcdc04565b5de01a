import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, connect } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buildConfig } from "../../src/daemon/reconciler.ts";
import { stopBundler } from "../../src/source/bundle.ts";
import { configText, PLUGIN, PLUGIN_CODE } from "../../tools/torture/config-text.ts";
import { readEvidence, writeEvidence } from "../../tools/torture/evidence.ts";
import type { Evidence } from "../../tools/torture/evidence.ts";
import { editJobs, makeJobs } from "../../tools/torture/jobs.ts";
import { quietMs } from "../../tools/torture/nemesis.ts";
import type { PlanOptions } from "../../tools/torture/plan.ts";
import { ALL_KINDS, planFaults } from "../../tools/torture/plan.ts";
import { startProxy } from "../../tools/torture/proxy.ts";
import { randomOf } from "../../tools/torture/random.ts";
import { takeoverTimes } from "../../tools/torture/recovery.ts";
import { testProject } from "../helpers/project.ts";

const PLAN: PlanOptions = {
  nodes: 3,
  leaseMs: 5_000,
  durationMs: 20 * 60_000,
  kinds: ALL_KINDS,
  neighbours: 2,
  clockNode: 3,
  diskNode: 1,
  sparedNode: null,
};

test("a seed makes the same jobs and the same faults, another one makes others", () => {
  const faults = (seed: number) => planFaults(randomOf(seed, "faults"), PLAN);
  const jobs = (seed: number) => makeJobs(randomOf(seed, "jobs"), 40);
  assert.deepEqual(faults(7), faults(7));
  assert.notDeepEqual(faults(7), faults(8));
  assert.deepEqual(jobs(7), jobs(7));
  assert.notDeepEqual(jobs(7), jobs(8));
});

test("a long plan has every fault, hits no node twice at a time, and leaves room between waves", () => {
  const steps = planFaults(randomOf(1, "faults"), PLAN);
  assert.deepEqual(new Set(steps.map(({ kind }) => kind)), new Set(ALL_KINDS));
  for (const [node, own] of Map.groupBy(steps, (step) => step.node)) {
    own.reduce((before, step) => {
      assert.ok(step.atMs >= before.atMs + before.lengthMs, `node ${node} at ${step.atMs}`);
      return step;
    });
  }
  const done = steps.map(({ atMs, lengthMs }) => ({ fromMs: atMs, untilMs: atMs + lengthMs }));
  assert.ok(quietMs(done, 10_000)(0, PLAN.durationMs) > PLAN.durationMs / 20);
});

test("the scheduler of a spared node is never ended, though all else is done to it", () => {
  const steps = planFaults(randomOf(1, "faults"), { ...PLAN, sparedNode: 1 });
  const kinds = steps.filter(({ node }) => node === 1).map(({ kind }) => kind);
  const ended = ["kill_scheduler", "kill_both", "restart_node"] as const;
  assert.deepEqual(
    ended.filter((kind) => kinds.includes(kind)),
    [],
  );
  assert.ok(kinds.includes("kill_launcher") && kinds.includes("stop_scheduler"));
});

test("the quiet part of a stretch lies outside of all faults and of what mends them", () => {
  const faults = [
    { fromMs: 100, untilMs: 200 },
    { fromMs: 150, untilMs: 180 },
    { fromMs: 1_000, untilMs: 1_000 },
  ];
  const quiet = quietMs(faults, 50);
  assert.equal(quiet(0, 100), 100);
  assert.equal(quiet(0, 300), 150);
  assert.equal(quiet(120, 240), 0);
  assert.equal(quiet(900, 2_000), 100 + 950);
});

test("every config of the generator, edited and at rest, can be applied", async (t) => {
  t.after(stopBundler);
  const options = { leaseMs: 5_000, nodeConcurrency: 4, ledger: "/l", locks: "/k", script: "/s" };
  const random = randomOf(5, "jobs");
  let jobs = makeJobs(random, 60);
  for (let edit = 0; edit < 10; edit += 1) {
    jobs = editJobs(random, jobs, 60 + edit);
    const text = configText(jobs, { ...options, atRest: edit === 9 });
    const { configFile, write } = await testProject(t, text);
    await write(`plugins/${PLUGIN}.ts`, PLUGIN_CODE);
    const { diagnostics } = await buildConfig({ configFile, displayName: "config.yaml" });
    assert.deepEqual(diagnostics, []);
  }
  assert.equal(jobs.length, 60);
});

test("the road to the database can be stalled, opened and cut", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cronverge-road-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const echo = createServer((socket) => socket.pipe(socket));
  const socketPath = join(folder, "socket");
  echo.listen(socketPath);
  await once(echo, "listening");
  t.after(() => void echo.close());
  await using proxy = await startProxy(socketPath);
  const client = connect(proxy.port, "127.0.0.1").setEncoding("utf8");
  client.write("one");
  assert.deepEqual(await once(client, "data"), ["one"]);
  proxy.set("stalled");
  client.write("two");
  const answered = once(client, "data");
  const waits = new Promise((resolve) => setTimeout(resolve, 50, "silence"));
  assert.equal(await Promise.race([answered, waits]), "silence");
  proxy.set("open");
  assert.deepEqual(await answered, ["two"]);
  proxy.set("cut");
  await once(client, "close");
  const refused = connect(proxy.port, "127.0.0.1");
  await once(refused, "close");
});

test("evidence is read as it was written, and tells how long a takeover took", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "cronverge-evidence-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const running = { status: "running", fence: 1, nodeId: "dead", attempt: 1 } as const;
  const life = { code: null, signal: null, wanted: true };
  const about = { executionId: "x", jobName: "a", recordChanged: true };
  const evidence: Evidence = {
    history: {
      seed: 1,
      leaseMs: 5_000,
      latestMs: 2_000,
      jobs: [],
      rows: [],
      transitions: [
        { ...about, atMs: 1_000, before: null, after: running },
        { ...about, atMs: 3_500, before: running, after: { ...running, status: "abandoned" } },
      ],
      leftovers: [],
      nodeIds: [{ id: "dead", pid: 7, startedMs: 10 }],
    },
    ledger: [],
    faults: {
      done: [
        {
          kind: "kill_scheduler",
          node: 1,
          fromMs: 2_000,
          untilMs: 2_100,
          killedPid: 7,
          detail: "",
        },
        {
          kind: "kill_database",
          node: null,
          fromMs: 3_000,
          untilMs: 3_200,
          killedPid: null,
          detail: "",
        },
      ],
      notDone: {},
      lives: [
        { ...life, node: 1, pid: 7, startedMs: 0, endedMs: 2_000 },
        { ...life, node: 1, pid: 8, startedMs: 2_500, endedMs: null },
        { ...life, node: 2, pid: 9, startedMs: 2_400, endedMs: null },
      ],
      memory: [],
      problems: [],
    },
  };
  await writeEvidence(folder, evidence);
  assert.deepEqual(await readEvidence(folder), evidence);
  // Nobody was there for 400 ms, and no database for 200.
  assert.deepEqual(takeoverTimes(evidence), [{ tookMs: 1_500, possibleMs: 900, disturbed: true }]);
  const alone = { ...evidence.faults, done: evidence.faults.done.slice(0, 1), lives: [] };
  assert.deepEqual(takeoverTimes({ ...evidence, faults: alone }), [
    { tookMs: 1_500, possibleMs: 1_500, disturbed: false },
  ]);
});
