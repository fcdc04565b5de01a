import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSpec } from "../../src/model/job.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { reviewSecurity } from "../../src/plan/security.ts";
import { renderPlan } from "../../src/views/plan.ts";
import { securityLines } from "../../src/views/plan-security.ts";
import { assertGolden, plain, tagged } from "../helpers/golden.ts";
import { desired, NOW_MS, observed, registered, spec } from "../plan/jobs.ts";

const noGrants = spec("x").permissions;

function command(name: string, argv: string[], given: Partial<JobSpec> = {}): JobSpec {
  return spec(name, { run: { type: "command", command: argv }, ...given });
}

function everySort(): Plan {
  const sync = spec("sync", { permissions: { ...noGrants, read: ["./old"] } });
  const send = { net: true, env: ["SMTP_PASSWORD"] };
  const mail = spec("send-invoices", { permissions: { ...noGrants, ...send } });
  const made = makePlan(
    desired(
      { ...sync, permissions: { ...noGrants, net: true, env: ["TOKEN"] } },
      mail,
      spec("sums"),
      command("backup", ["pg_dump", "-Fc", "app", "--no-password", "--file=dump"], {
        cwd: "./dumps",
      }),
      command("sweep", ["rm", "-rf", "./cache"], { schedule: null }),
      spec("ping", { permissions: { ...noGrants, net: true } }),
    ),
    observed(
      registered(sync),
      registered(mail, { codeSha256: "91ac03e0".repeat(8) }),
      registered(spec("sums"), { codeSha256: "11111111".repeat(8) }),
      registered(command("backup", ["pg_dump", "app"])),
      registered(command("clean-up", ["rm", "-rf", "./cache"], { schedule: null })),
    ),
    {
      nowMs: NOW_MS,
      codes: new Map([
        ["send-invoices", "5d20f71f".repeat(8)],
        ["sums", "22222222".repeat(8)],
      ]),
      allowPrune: false,
    },
  );
  const files = [{ file: "services/scheduler/plugins/send-invoices.ts", added: 12, removed: 3 }];
  const changes = made.changes.map((change) =>
    change.name === "send-invoices" && change.code !== null
      ? { ...change, code: { ...change.code, files } }
      : change,
  );
  return { ...made, changes };
}

test("every sort of change of what jobs may do, aligned, the gravest first", () => {
  const review = reviewSecurity(everySort());
  const lines = securityLines(review, { color: plain, width: 100, most: Infinity });
  assertGolden("plan-security.txt", `${lines.join("\n")}\n`);
});

test("the section comes before all else, and what widens is red", () => {
  const shown = renderPlan(everySort(), { color: tagged });
  assert.ok(shown.startsWith("<red><bold>! 1 change widens what a job may do:</bold></red>\n"));
  assert.match(shown, /\n<red> {2}! sync +net: false → true, env: \+ TOKEN<\/red>\n/);
});

test("commands of which only what is hidden differs are shown to run something else", () => {
  const before = spec("a", { run: { type: "command", command: "x --password=hunter2" } });
  const after = spec("a", { run: { type: "command", command: "x --password=hunter3" } });
  const plan = makePlan(desired(after), observed(registered(before)), {
    nowMs: NOW_MS,
    codes: new Map(),
    allowPrune: false,
  });
  assert.deepEqual(renderPlan(plan, { color: plain }).split("\n").slice(0, 3), [
    "~ 1 job runs something else under the same name:",
    '  ~ a  command "x --password=*** (before)" → command "x --password=*** (after)"',
    "       may: unrestricted (command)",
  ]);
  const moved = spec("b", { run: { type: "command", command: "x --password=hunter3" } });
  const other = makePlan(desired(moved), observed(registered(before)), {
    nowMs: NOW_MS,
    codes: new Map(),
    allowPrune: true,
  });
  assert.doesNotMatch(renderPlan(other, { color: plain }), /looks like one that goes/);
});

test("a path that is called unrestricted is not red", () => {
  const job = spec("a", { permissions: { ...noGrants, read: ["./unrestricted"] } });
  const plan = makePlan(desired(job, command("b", ["true"])), observed(), {
    nowMs: NOW_MS,
    codes: new Map(),
    allowPrune: false,
  });
  const shown = renderPlan(plan, { color: tagged });
  assert.match(shown, /<yellow> {2}\+ a {2}read: \.\/unrestricted<\/yellow>/);
  assert.match(shown, /<red> {2}\+ b {2}unrestricted \(command\)<\/red>/);
  assert.match(shown, /\n {6}may {10}read: \.\/unrestricted\n/);
});

test("a grant that is shown as widened is not told again as a field", () => {
  const wide = { ...noGrants, net: true, read: ["./new"], write: ["./both"] };
  const before = spec("a", { permissions: { ...noGrants, read: ["./old"], write: ["./both"] } });
  const plan = makePlan(desired(spec("a", { permissions: wide })), observed(registered(before)), {
    nowMs: NOW_MS,
    codes: new Map(),
    allowPrune: false,
  });
  const lines = renderPlan(plan, { color: plain }).split("\n");
  assert.deepEqual(
    lines.filter((line) => /^ {4,6}(?:!|read|net|write)/.test(line)),
    [
      "    ! net: false → true  widens permissions",
      "    ! read: + ./new  widens permissions",
      "      read         - ./old",
    ],
  );
});

test("a long list is counted, not shown", () => {
  const jobs = Array.from({ length: 40 }, (_, index) => {
    const { permissions } = spec("any");
    return spec(`job-${index}`, { permissions: { ...permissions, env: [`TOKEN_${index}`] } });
  });
  const plan = makePlan(desired(...jobs), observed(), {
    nowMs: NOW_MS,
    codes: new Map(),
    allowPrune: false,
  });
  const shown = renderPlan(plan, { color: plain, most: 30 }).split("\n");
  assert.equal(shown[0], "+ 40 new jobs may do more than compute:");
  assert.equal(shown[31], "  … and 10 more");
});

test("many jobs of which the same is said are one row", () => {
  const jobs = Array.from({ length: 40 }, (_, index) => command(`job-${index}`, ["true"]));
  const plan = makePlan(desired(...jobs), observed(), {
    nowMs: NOW_MS,
    codes: new Map(),
    allowPrune: false,
  });
  assert.deepEqual(renderPlan(plan, { color: plain }).split("\n").slice(0, 2), [
    "+ 40 new jobs may do more than compute:",
    "  + 40 jobs  unrestricted (command), these are job-0, job-1, job-2, job-3, job-4, job-5 and 34 more",
  ]);
});

test("a job that was renamed says so instead of its action", () => {
  const job = spec("new-name", { timeoutMs: 1000 });
  const plan = makePlan(desired(job), observed(registered(spec("new-name"))), {
    nowMs: NOW_MS,
    codes: new Map(),
    allowPrune: false,
  });
  const changes = plan.changes.map((change) => ({ ...change, renamedFrom: "old-name" }));
  const shown = renderPlan({ ...plan, changes }, { color: plain });
  assert.match(shown, /^ {2}~ new-name {2}renamed from old-name, history kept\n {6}timeout /);
});
