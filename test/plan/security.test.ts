import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobSpec } from "../../src/model/job.ts";
import type { ObservedJob } from "../../src/plan/observed.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { reviewSecurity, widensAnything } from "../../src/plan/security.ts";
import { desired, NOW_MS, observed, registered, spec } from "./jobs.ts";

const noGrants = spec("x").permissions;

function planOf(
  specs: JobSpec[],
  jobs: ObservedJob[] = [],
  codes: Record<string, string> = {},
): Plan {
  return makePlan(desired(...specs), observed(...jobs), {
    nowMs: NOW_MS,
    codes: new Map(Object.entries(codes)),
    allowPrune: true,
  });
}

function command(name: string, argv: string[], given: Partial<JobSpec> = {}): JobSpec {
  return spec(name, { run: { type: "command", command: argv }, ...given });
}

test("a plan that changes nothing of what jobs may do has nothing to review", () => {
  const later = spec("a", { timeoutMs: 1000 });
  const plan = planOf([later, spec("new")], [registered(spec("a")), registered(spec("old-x"))]);
  assert.deepEqual(reviewSecurity(plan), {
    elsewhere: [],
    redirected: [],
    widened: [],
    granted: [],
    recoded: [],
    narrowed: [],
    renames: [],
  });
  assert.equal(widensAnything(plan), false);
});

test("wider and narrower permissions of one job are both named", () => {
  const before = spec("a", { permissions: { ...noGrants, read: ["./old"], env: ["A"] } });
  const after = spec("a", { permissions: { ...noGrants, read: ["./new"], database: ["app"] } });
  const plan = planOf([after], [registered(before)]);
  const { widened, narrowed } = reviewSecurity(plan);
  const unrestricted = false;
  const wider = ["read: + ./new", "database: + app"];
  assert.deepEqual(widened, [{ name: "a", phrases: wider, unrestricted }]);
  assert.deepEqual(narrowed, [{ name: "a", phrases: ["read: - ./old", "env: - A"], unrestricted }]);
  assert.equal(widensAnything(plan), true);
});

test("narrowing alone widens nothing", () => {
  const before = spec("a", { permissions: { ...noGrants, net: true } });
  assert.equal(widensAnything(planOf([spec("a")], [registered(before)])), false);
});

test("a new job that is granted anything is no way around the gate", () => {
  const plan = planOf([spec("a", { env: { A: { env: "TOKEN" } } }), spec("b")]);
  assert.deepEqual(reviewSecurity(plan).granted, [
    { name: "a", phrases: ["env: TOKEN"], unrestricted: false },
  ]);
  assert.equal(widensAnything(plan), true);
  assert.equal(widensAnything(planOf([spec("b")])), false);
});

test("changed code is named with what it may do, the powerful first", () => {
  const net = spec("b", { permissions: { ...noGrants, net: true } });
  const plan = planOf(
    [spec("a"), net],
    [registered(spec("a"), { codeSha256: "1" }), registered(net, { codeSha256: "2" })],
    { a: "3", b: "4" },
  );
  const { recoded } = reviewSecurity(plan);
  assert.deepEqual(
    recoded.map(({ name, may, code, run }) => ({ name, may, after: code?.after, run })),
    [
      { name: "b", may: ["net"], after: "4", run: null },
      { name: "a", may: [], after: "3", run: null },
    ],
  );
  assert.equal(widensAnything(plan), false);
});

test("a changed command, and what decides which program it finds, is named", () => {
  const plan = planOf(
    [
      command("a", ["dump", "--all"]),
      command("b", ["dump"], { cwd: "./evil" }),
      command("c", ["dump"], { env: { PATH: "/evil" } }),
      command("d", ["dump"], { env: { MODE: "x" } }),
    ],
    ["a", "b", "c", "d"].map((name) => registered(command(name, ["dump"]))),
  );
  const { recoded } = reviewSecurity(plan);
  assert.deepEqual(
    recoded.map(({ name, run, settings }) => [
      name,
      run !== null,
      settings.map(({ path }) => path),
    ]),
    [
      ["a", true, []],
      ["b", false, ["cwd"]],
      ["c", false, ["env.PATH"]],
    ],
  );
});

test("a hook that runs another program is named; one that comes is a widening", () => {
  const hook = (argv: string[] | null): JobSpec["onFailure"] =>
    argv === null ? null : { type: "command", command: argv };
  const plan = planOf(
    [spec("a", { onFailure: hook(["./evil"]) }), spec("b", { onFailure: hook(["./alert"]) })],
    [registered(spec("a", { onFailure: hook(["./alert"]) })), registered(spec("b"))],
  );
  const { recoded, widened } = reviewSecurity(plan);
  assert.deepEqual(
    recoded.map(({ name, run, settings, unrestricted }) => [
      name,
      run,
      settings.map(({ path }) => path),
      unrestricted,
    ]),
    [["a", null, ["onFailure.command"], true]],
  );
  assert.deepEqual(
    widened.map(({ name, unrestricted }) => [name, unrestricted]),
    [["b", true]],
  );
  assert.equal(widensAnything(plan), true);
});

test("one job that goes and one like it that comes look like a rename", () => {
  const plan = planOf(
    [command("new", ["dump"]), spec("moved"), command("other", ["rm"])],
    [
      registered(command("old", ["dump"])),
      registered(spec("former"), { codeSha256: "1" }),
      registered(command("late", ["rm"], { schedule: null })),
    ],
    { moved: "1" },
  );
  assert.deepEqual(reviewSecurity(plan).renames, [
    { before: "old", after: "new" },
    { before: "former", after: "moved" },
  ]);
});

test("where several are alike there is no telling which was renamed", () => {
  const gone = ["a", "b"].map((name) => registered(command(name, ["dump"])));
  assert.deepEqual(reviewSecurity(planOf([command("c", ["dump"])], gone)).renames, []);
  const [one] = gone;
  assert.ok(one !== undefined);
  const come = [command("c", ["dump"]), command("d", ["dump"])];
  assert.deepEqual(reviewSecurity(planOf(come, [one])).renames, []);
});

test("a path that is called unrestricted bounds what a job may do", () => {
  const path = spec("a", { permissions: { ...noGrants, read: ["./unrestricted"] } });
  const run = spec("b", { permissions: { ...noGrants, run: true } });
  const plan = planOf([path, run, command("c", ["dump"])]);
  assert.deepEqual(
    reviewSecurity(plan).granted.map(({ name, unrestricted }) => [name, unrestricted]),
    [
      ["a", false],
      ["b", true],
      ["c", true],
    ],
  );
});
