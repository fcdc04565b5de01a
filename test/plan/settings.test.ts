import assert from "node:assert/strict";
import { test } from "node:test";
import type { SchedulerSettings } from "../../src/model/job.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { hasChanges, makePlan } from "../../src/plan/plan.ts";
import { reviewSecurity, widensAnything } from "../../src/plan/security.ts";
import { renderPlan } from "../../src/views/plan.ts";
import { plain } from "../helpers/golden.ts";
import { desired, NOW_MS, observed, registered, spec } from "./jobs.ts";

const KNOWN = desired().settings;

function planOf(before: SchedulerSettings | null, after: SchedulerSettings): Plan {
  const wanted = { ...desired(spec("a")), settings: after };
  const found = { ...observed(registered(spec("a"))), settings: before };
  return makePlan(wanted, found, { nowMs: NOW_MS, codes: new Map(), allowPrune: false });
}

function connected(connections: SchedulerSettings["database"]["connections"]): SchedulerSettings {
  return { ...KNOWN, database: { ...KNOWN.database, connections } };
}

test("settings that differ are changes, those of an unknown revision are not", () => {
  const retention = { ...KNOWN.retention, logAgeMs: 3_600_000 };
  const after = { ...KNOWN, timezone: "Europe/Rome", nodeConcurrency: 4, retention };
  const plan = planOf(KNOWN, after);
  assert.deepEqual(plan.settings, [
    { path: "timezone", before: "UTC", after: "Europe/Rome" },
    { path: "retention.logAgeMs", before: 2_592_000_000, after: 3_600_000 },
    { path: "node.concurrency", before: null, after: 4 },
  ]);
  assert.ok(hasChanges(plan));
  assert.match(
    renderPlan(plan, { color: plain }),
    /Settings:\n(.*\n)*? {2}~ retention\.logs +30d → 1h\n/,
  );
  assert.ok(!widensAnything(plan));
  assert.equal(hasChanges(planOf(null, KNOWN)), false);
  assert.equal(hasChanges(planOf(KNOWN, { ...KNOWN, pluginDir: "/elsewhere" })), false);
});

test("a connection that leads elsewhere widens what jobs may do, a new one does not", () => {
  const before = connected({ app: { env: "APP_URL" }, "b-c": "postgres://u:hunter2@old/x" });
  const plan = planOf(
    before,
    connected({
      app: { env: "ADMIN_URL" },
      "b-c": "postgres://u:hunter3@new/x",
      more: { env: "M" },
    }),
  );
  const names = reviewSecurity(plan).redirected.map(({ name }) => name);
  assert.deepEqual(names, ["app", "b-c"]);
  assert.ok(widensAnything(plan));
  const shown = renderPlan(plan, { color: plain });
  assert.ok(!shown.includes("hunter"), shown);
  assert.deepEqual(shown.split("\n").slice(0, 3), [
    "! 2 names lead jobs to another database:",
    '  ! app  database.connections.app.env "APP_URL" → "ADMIN_URL"',
    '  ! b-c  database.connections.b-c "postgres://u:*** (before)@old/x" → "postgres://u:*** (after)@new/x"',
  ]);
  assert.ok(!widensAnything(planOf(before, connected({ ...before.database.connections, d: "x" }))));
});

test("another database of the scheduler's own, and a heartbeat to somewhere, are shown above all else", () => {
  const { database } = KNOWN;
  const file = {
    target: { type: "file", file: "../../.ssh/authorized_keys" },
    everyMs: 60_000,
  } as const;
  const url = { env: "OTHER_URL" };
  const plan = planOf(KNOWN, {
    ...KNOWN,
    database: { ...database, url, schema: "other" },
    heartbeat: file,
  });
  assert.ok(widensAnything(plan));
  assert.deepEqual(renderPlan(plan, { color: plain }).split("\n").slice(0, 4), [
    "! 3 settings lead the scheduler itself elsewhere:",
    '  ! database.url         (nothing) → {"env":"OTHER_URL"}',
    '  ! database.schema      "cronverge" → "other"',
    '  ! node.heartbeat.file  (nothing) → "../../.ssh/authorized_keys"',
  ]);
  const often = planOf(
    { ...KNOWN, heartbeat: file },
    { ...KNOWN, heartbeat: { ...file, everyMs: 1_000 } },
  );
  assert.match(renderPlan(often, { color: plain }), /~ node\.heartbeat\.every {2}1m → 1s/);
  assert.equal(widensAnything(often), false);
  assert.equal(widensAnything(planOf({ ...KNOWN, heartbeat: file }, KNOWN)), false);
});
