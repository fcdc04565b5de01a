import { test } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { canonicalJson } from "../../src/model/json.ts";
import { DEFAULT_POLICIES } from "../../src/model/policy.ts";
import { SEED_CONFIG } from "../helpers/seed-config.ts";
import { check, desire, plugin } from "./checking.ts";

test("the config of seed 001 is accepted word for word", () => {
  assert.deepEqual(check(SEED_CONFIG), []);
  const [sessions, logs] = desire(SEED_CONFIG).jobs;
  assert.deepEqual(sessions?.spec, {
    name: "cleanup-sessions",
    description: "Closes user sessions that have been inactive for longer than retention_hours",
    schedule: { type: "cron", expression: "0 2 * * *", timezone: "UTC" },
    enabled: true,
    run: { type: "builtin", builtin: "cleanup-sessions", enforce: true },
    parameters: { retention_hours: 24 },
    permissions: { net: false, run: false, read: [], write: [], env: [], database: [] },
    env: {},
    cwd: null,
    memoryBytes: 256_000_000,
    timeoutMs: 300_000,
    graceMs: 10_000,
    outputBytes: 1_048_576,
    tags: [],
    ...DEFAULT_POLICIES,
  });
  assert.deepEqual(logs?.spec.parameters, { retention_days: 30 });
  assert.deepEqual(logs?.place, { file: "config.yaml", line: 7, column: 3 });
  const hash = createHash("sha256").update(canonicalJson(sessions.spec)).digest("hex");
  assert.equal(sessions.specHash, hash);
});

test("the file's defaults hold for every job, and are not called defaults", () => {
  const [job, other] = desire(`
defaults: {timezone: Europe/London, timeout: none, grace: 1m30s, memory: 1GiB, output: 2KB}
jobs:
  a: {command: x, schedule: "@daily"}
  b: {command: [x, y], schedule: {cron: "0 1 * * *", timezone: UTC}, timeout: 2h, cwd: ./here, tags: [t]}
`).jobs;
  assert.ok(job && other);
  assert.deepEqual(job.spec.schedule, {
    type: "cron",
    expression: "@daily",
    timezone: "Europe/London",
  });
  assert.equal(job.spec.timeoutMs, null);
  assert.equal(job.spec.graceMs, 90_000);
  assert.equal(job.spec.memoryBytes, 1_073_741_824);
  assert.equal(job.spec.outputBytes, 2_000);
  for (const field of ["timezone", "timeoutMs", "graceMs", "memoryBytes", "outputBytes"] as const) {
    assert.ok(!job.defaulted.includes(field), field);
  }
  assert.deepEqual(other.spec.schedule, { type: "cron", expression: "0 1 * * *", timezone: "UTC" });
  assert.equal(other.spec.timeoutMs, 7_200_000);
  assert.deepEqual(other.spec.run, { type: "command", command: ["x", "y"] });
  assert.deepEqual([other.spec.cwd, other.spec.tags], ["./here", ["t"]]);
});

test("intervals and instants are stored in one form", () => {
  const { jobs } = desire(`
jobs:
  a: {command: x, schedule: {every: 1h30m}}
  b: {command: x, schedule: {at: 2027-01-01T09:00:00+01:00}}
  c: {command: x}
`);
  assert.deepEqual(
    jobs.map(({ spec }) => spec.schedule),
    [
      { type: "interval", everyMs: 5_400_000 },
      { type: "once", executeAt: "2027-01-01T08:00:00.000Z" },
      null,
    ],
  );
});

test("a request has its defaults, and one status is a list of one", () => {
  const { jobs } = desire(`
jobs:
  a: {http: {url: {env: HEALTH_URL}}}
  b: {http: {url: "https://x", method: POST, body: {file: b.json}, headers: {x-a: b}, expect: 204, redirects: 2}}
`);
  assert.deepEqual(jobs[0]?.spec.run, {
    type: "http",
    http: {
      url: { env: "HEALTH_URL" },
      method: "GET",
      headers: {},
      body: null,
      expect: [200, 201, 202, 204],
      redirects: 0,
    },
  });
  assert.deepEqual(jobs[1]?.spec.run, {
    type: "http",
    http: {
      url: "https://x",
      method: "POST",
      headers: { "x-a": "b" },
      body: { file: "b.json" },
      expect: [204],
      redirects: 2,
    },
  });
});

test("what the code declares is used where the file is silent", () => {
  const facts = plugin("report", {
    exports: ["default", "build"],
    declared: { name: "report", description: "Numbers", schedule: { every: "5m" }, enabled: false },
    declaredExports: {
      build: { name: "build", description: null, schedule: "@daily", enabled: null },
    },
  });
  const { jobs } = desire(
    "jobs:\n  report: {}\n  again: {plugin: report, enabled: true, description: Mine}\n  build: {plugin: 'report#build'}\n",
    [facts],
  );
  const [own, again, build] = jobs.map(({ spec }) => spec);
  assert.deepEqual([own?.description, own?.enabled], ["Numbers", false]);
  assert.deepEqual(own?.schedule, { type: "interval", everyMs: 300_000 });
  assert.deepEqual(own.run, { type: "plugin", plugin: "report", export: null });
  assert.deepEqual([again?.description, again?.enabled], ["Mine", true]);
  assert.deepEqual(build?.schedule, { type: "cron", expression: "@daily", timezone: "UTC" });
  assert.deepEqual(build.run, { type: "plugin", plugin: "report", export: "build" });
});

test("the name of a job finds its file, - and _ being the same", () => {
  const { jobs } = desire("jobs:\n  nightly_report: {}\n", [plugin("nightly-report")]);
  assert.deepEqual(jobs[0]?.spec.run, { type: "plugin", plugin: "nightly-report", export: null });
});

test("the settings have the defaults of the design", () => {
  assert.deepEqual(desire("jobs: {}\n").settings, {
    project: null,
    timezone: "UTC",
    pluginDir: "/project/plugins",
    database: { url: null, schema: "cronverge", leaseMs: 15_000, pooled: false, connections: {} },
    retention: {
      executionAgeMs: 90 * 86_400_000,
      executionsPerJob: 10_000,
      logAgeMs: 30 * 86_400_000,
      versionsPerJob: 10,
    },
    nodeConcurrency: null,
    heartbeat: null,
  });
});

test("every setting that the file takes arrives", () => {
  const { settings } = desire(`
project: shop
timezone: Europe/Paris
database: {url: {env: DB}, schema: jobs, lease: 30s, connections: {app: {file: ./url}}}
retention: {executions: {age: 1d, per_job: 5}, logs: 2d, versions: 3}
node: {concurrency: 7, heartbeat: {url: {env: ALIVE_URL}, every: 30s}}
jobs: {}
`);
  assert.deepEqual(settings, {
    project: "shop",
    timezone: "Europe/Paris",
    pluginDir: "/project/plugins",
    database: {
      url: { env: "DB" },
      schema: "jobs",
      leaseMs: 30_000,
      pooled: false,
      connections: { app: { file: "./url" } },
    },
    retention: {
      executionAgeMs: 86_400_000,
      executionsPerJob: 5,
      logAgeMs: 2 * 86_400_000,
      versionsPerJob: 3,
    },
    nodeConcurrency: 7,
    heartbeat: { target: { type: "url", url: { env: "ALIVE_URL" } }, everyMs: 30_000 },
  });
});

test("a former name goes with the job, and does not make it another", () => {
  const [plain] = desire("jobs:\n  new: {command: [x]}\n").jobs;
  const [renamed] = desire("jobs:\n  new: {command: [x], renamed_from: old-name}\n").jobs;
  assert.deepEqual([plain?.renamedFrom, renamed?.renamedFrom], [null, "old-name"]);
  assert.equal(renamed?.specHash, plain?.specHash);
});

test("the schema lists no key that the desired state does not show", () => {
  const schema = JSON.parse(
    readFileSync(new URL("../../schemas/scheduler.schema.json", import.meta.url), "utf8"),
  ) as { $defs: { job: { properties: Record<string, unknown> } } };
  const values: Record<string, string> = {
    description: "d",
    schedule: '"0 1 * * *"',
    enabled: "false",
    plugin: "q",
    command: "x",
    http: "{url: 'http://x'}",
    parameters: "{a: 1}",
    permissions: "{net: true}",
    env: "{A: b}",
    cwd: "./x",
    memory: "1GB",
    timeout: "1m",
    grace: "1s",
    output: "5KB",
    tags: "[t]",
    deadline: "1h",
    retry: "{attempts: 3}",
    overlap: "queue_one",
    queue_limit: "5",
    concurrency: "2",
    mutex: "warehouse",
    priority: "5",
    catchup: "{policy: all}",
    dst: "{gap: skip}",
    spread: "10m",
    late_after: "10m",
    pause_after_failures: "5",
    on_failure: "{command: [./alert.sh]}",
    enforce: "false",
    database: "app",
    retention_hours: "7",
    retention_days: "8",
  };
  const daily = "schedule: '@daily'";
  // What a key needs beside it to mean anything.
  const beside: Record<string, string> = {
    queue_limit: "overlap: queue_all",
    catchup: daily,
    dst: daily,
    spread: daily,
    late_after: daily,
  };
  // The former name says which history goes on; it is no part of what the job is.
  const { renamed_from: _, ...properties } = schema.$defs.job.properties;
  assert.deepEqual(Object.keys(properties).sort(), Object.keys(values).sort());
  const owner: Record<string, string> = {
    enforce: "log-cleanup",
    database: "log-cleanup",
    retention_hours: "cleanup-sessions",
    retention_days: "log-cleanup",
  };
  for (const [key, value] of Object.entries(values)) {
    const name = owner[key] ?? "p";
    const plugins = [plugin("p"), plugin("q")];
    const others = beside[key] === undefined ? "" : `${beside[key]}, `;
    const top = key === "database" ? "database: {connections: {app: {env: APP}}}\n" : "";
    const [plain] = desire(`jobs:\n  ${name}: {${others}}\n`, plugins).jobs;
    const text = `${top}jobs:\n  ${name}: {${others}${key}: ${value}}\n`;
    const [changed] = desire(text, plugins).jobs;
    assert.notEqual(changed?.specHash, plain?.specHash, `${key} is accepted and ignored`);
  }
});
