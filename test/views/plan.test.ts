import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSpec } from "../../src/model/job.ts";
import type { ObservedJob } from "../../src/plan/observed.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { maskPlan } from "../../src/views/mask.ts";
import { renderPlan } from "../../src/views/plan.ts";
import { printable } from "../../src/views/printable.ts";
import { desired, NOW_MS, observed, registered, spec } from "../plan/jobs.ts";
import { assertGolden, plain } from "../helpers/golden.ts";

function render(specs: JobSpec[], jobs: ObservedJob[], codes: Record<string, string> = {}): string {
  const plan = makePlan(desired(...specs), observed(...jobs), {
    nowMs: NOW_MS,
    codes: new Map(Object.entries(codes)),
    allowPrune: false,
  });
  return renderPlan(plan, { color: plain });
}

const nightly = { type: "cron", expression: "30 3 * * 1-5", timezone: "Europe/Paris" } as const;
const noGrants = spec("x").permissions;

test("a plan of every sort of change", () => {
  const sync = spec("invoice-sync", {
    env: { API_TOKEN: "old-secret", MODE: "a" },
    permissions: { ...noGrants, read: ["./old", "./both"] },
  });
  const override = {
    enabled: false,
    by: "ann",
    reason: "disk is full",
    at: "2026-11-20T10:00:00.000Z",
  };
  const text = render(
    [
      { ...spec("cert-check"), schedule: { type: "interval", everyMs: 21_600_000 } },
      {
        ...sync,
        schedule: nightly,
        timeoutMs: null,
        env: { API_TOKEN: "new-secret", MODE: "b" },
        permissions: { ...noGrants, net: true, read: ["./both", "./data"] },
      },
      spec("backup", {
        description: "Dumps the database",
        schedule: { type: "cron", expression: "0 0 1 * 1", timezone: "America/New_York" },
        run: { type: "command", command: ["pg_dump", "-Fc", "app"] },
        env: { PGPASSWORD: "hunter2", PGHOST: { env: "DB_HOST" } },
        cwd: "./dumps",
        tags: ["db"],
      }),
      spec("by-hand", { schedule: null, parameters: { limit: 10, api_key: "abc" } }),
      spec("resting"),
      spec("waking"),
      spec("sleeping", { enabled: false }),
      ...["a", "b", "c"].map((name) => spec(name)),
    ],
    [
      registered(sync, { codeSha256: "91ac03e0".repeat(8), running: 1 }),
      registered(spec("old-cleanup", { run: { type: "command", command: "rm -rf /tmp/x" } }), {
        pending: 2,
      }),
      registered(spec("resting"), { enabled: false, override }),
      registered(spec("waking", { enabled: false })),
      registered(spec("sleeping")),
      ...["a", "b", "c"].map((name) => registered(spec(name))),
    ],
    { "invoice-sync": "5d20f71f".repeat(8), "cert-check": "abcdef01".repeat(8) },
  );
  assertGolden("plan-changes.txt", text);
  assert.doesNotMatch(text, /secret|hunter2|abc"/);
});

test("a plan with nothing to do", () => {
  const jobs = ["a", "b"].map((name) => spec(name));
  const text = render(
    jobs,
    jobs.map((job) => registered(job)),
  );
  assert.equal(text, "No changes. 2 jobs are as the file wants them.\n");
});

test("what failures paused is told beside the changes, with how to go on", () => {
  const paused = {
    runtimeStatus: "crashed",
    crashed: "paused after 3 failures in a row: exit code 1",
    pausedAt: "2026-11-20T10:00:00.000Z",
  } as const;
  const text = render(
    [spec("backup"), spec("sync", { description: "mended" })],
    [registered(spec("backup"), paused), registered(spec("sync"), paused)],
  );
  assertGolden("plan-paused.txt", text);
});

test("a plan that is refused", () => {
  const jobs = ["a", "b", "c", "d", "e"].map((name) => registered(spec(name)));
  assertGolden("plan-refused.txt", render([spec("a")], jobs));
});

test("a schedule or kind that changes whole, and a request with secrets", () => {
  const before = spec("job", { schedule: null });
  const http = {
    url: "https://user:hunter2@api.example/run",
    method: "POST",
    headers: { Authorization: "Bearer hunter2", "X-Trace": "1", Cookie: { env: "COOKIE" } },
    body: null,
    expect: [200],
    redirects: 0,
  } as const;
  const after = spec("job", {
    schedule: { type: "once", executeAt: "2026-12-25T09:00:00.000Z" },
    run: { type: "http", http: { ...http, expect: [200] } },
  });
  const text = render([after], [registered(before)]);
  assertGolden("plan-kinds.txt", text);
  assert.doesNotMatch(text, /hunter2/);
});

test("text of the file cannot write on the terminal or turn its direction", () => {
  const hostile = "ok\u001B[2K\r\u202Egnp.exe\n  Plan: nothing\u0085";
  const text = render([spec("job", { description: hostile, tags: [hostile] })], []);
  assert.doesNotMatch(text, /[^\P{Cc}\n]|\u202E/u);
  assert.equal(printable("a\u001Bb\u202Ec\n\u200D"), "a\\x1Bb\\u{202E}c\\x0A\u200D");
});

test("the masked plan hides what the JSON would show", () => {
  const job = spec("job", {
    env: { DB_PASSWORD: "hunter2", KEYBOARD: "qwerty", URL: "postgres://u:hunter2@db/x" },
    parameters: { nested: { token: "hunter2", list: [{ secret: 123_456 }] } },
  });
  const plan = makePlan(desired(job), observed(), {
    nowMs: NOW_MS,
    codes: new Map(),
    allowPrune: false,
  });
  const json = JSON.stringify(maskPlan(plan));
  assert.doesNotMatch(json, /hunter2|123456/);
  assert.match(json, /qwerty/);
});

test("a built-in shows whether it writes, where, and whether the file says so", () => {
  const run = { type: "builtin", builtin: "database_cleanup", enforce: false } as const;
  const created = render([spec("a", { run: { ...run, database: "app" } })], []);
  assert.match(created, /runs +built-in database_cleanup on app\n +enforce +false, it only tells/);
  const before = registered(spec("a", { run }));
  const changed = render(
    [spec("a", { run: { ...run, enforce: true, database: "app" } })],
    [before],
  );
  assert.match(changed, /! enforce: false → true  widens permissions/);
  assert.match(changed, /! database: \+ app  widens permissions/);
  assert.match(changed, /database +the scheduler's own → "app"/);
  assert.doesNotMatch(changed, /runs something else/);
});
