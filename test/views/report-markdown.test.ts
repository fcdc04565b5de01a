import assert from "node:assert/strict";
import { test } from "node:test";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import type { JobSpec } from "../../src/model/job.ts";
import type { ObservedJob } from "../../src/plan/observed.ts";
import { withFireTimes } from "../../src/plan/fire-times.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { makePlan } from "../../src/plan/plan.ts";
import { codeCell, codeSpan, fenced } from "../../src/views/markdown-text.ts";
import { reportCheck, reportPlan } from "../../src/views/report.ts";
import { assertGolden } from "../helpers/golden.ts";
import { desired, NOW_MS, observed, registered, spec } from "../plan/jobs.ts";
import {
  ATTACKS,
  commandsOf,
  HOSTILE_DIAGNOSTICS,
  hostileOptions,
  hostilePlan,
} from "./hostile.ts";

const noGrants = spec("x").permissions;

function planOf(specs: JobSpec[], jobs: ObservedJob[] = []): Plan {
  return makePlan(desired(...specs), observed(...jobs), {
    nowMs: NOW_MS,
    codes: new Map(),
    allowPrune: false,
  });
}

function planText(plan: Plan | null, diagnostics: readonly Diagnostic[] = []): string {
  return reportPlan(plan, hostileOptions("markdown", diagnostics));
}

/** The document without its code, as CommonMark finds it: fences, then runs of equal length. */
function outsideOfCode(document: string): string {
  const prose: string[] = [];
  let fence: string | null = null;
  for (const line of document.split("\n")) {
    const run: string = /^ {0,3}(`{3,})[^`]*$/.exec(line)?.[1] ?? "";
    if (fence === null && run !== "") fence = run;
    else if (fence === null) prose.push(withoutSpans(line));
    else if (run.length >= fence.length && line.trim() === run) fence = null;
  }
  assert.equal(fence, null, "every fence is closed");
  return prose.join("\n");
}

function withoutSpans(line: string): string {
  let rest = line;
  let kept = "";
  for (let run = /`+/.exec(rest); run !== null; run = /`+/.exec(rest)) {
    const start = run.index + run[0].length;
    const end = [...rest.slice(start).matchAll(/`+/g)].find(([ticks]) => ticks === run?.[0]);
    assert.ok(end !== undefined, `a backtick without its partner: ${line}`);
    kept += `${rest.slice(0, run.index)}CODE`;
    rest = rest.slice(start + end.index + end[0].length);
  }
  return kept + rest;
}

/** All that our own words, tables and alerts are made of. */
const OURS =
  /^(?:<!-- cronverge-(?:check|plan) -->|<details><summary>[A-Za-z ]+<\/summary>|<\/details>|<sub>(?:[\w ().]|CODE)*<\/sub>|#{3} [\w ,:—⚠]+|> \[!(?:CAUTION|WARNING|NOTE)\]|(?:> )?(?:- )?(?:[\w ,.:;()…→+⚠|❌*-]|&#124;)*|>)$/;

test("no text of a user is outside of code in the report on a hostile plan", () => {
  const document = planText(hostilePlan(), HOSTILE_DIAGNOSTICS);
  for (const line of outsideOfCode(document).split("\n")) assert.match(line, OURS);
  assert.doesNotMatch(document, /[^\P{Cc}\n]|[\u202E\u2066\u200B]/u);
  assert.deepEqual(commandsOf(document), [], "it may pass through a log");
  assertGolden("report-hostile-markdown.txt", document);
});

test("nor in the report on a hostile config", () => {
  const document = reportCheck(null, hostileOptions("markdown"));
  for (const line of outsideOfCode(document).split("\n")) assert.match(line, OURS);
  assert.deepEqual(commandsOf(document), []);
  assertGolden("report-hostile-check-markdown.txt", document);
});

test("a code span and a fence hold each attack, and a cell has no bar in it", () => {
  for (const attack of [...ATTACKS, "`", "``", " `x` ", "`a", "a`", "\\", "a\\|", "|", "||"]) {
    for (const span of [codeSpan(attack), codeCell(attack)]) {
      assert.match(withoutSpans(span), /^(?:CODE|&#124;|\(nothing\))*$/, attack);
    }
    assert.doesNotMatch(codeCell(attack), /\|/);
    assert.equal(outsideOfCode(fenced([attack, "`````", "a"], "diff")), "");
  }
  assert.equal(codeSpan("a `b` c"), "``a `b` c``");
  assert.equal(codeSpan("`b`"), "`` `b` ``");
  assert.equal(codeCell("a | b"), "`a `&#124;` b`");
});

test("the first line marks the comment, the next says the verdict", () => {
  const widened = spec("sync", {
    schedule: { type: "cron", expression: "*/5 0 * * *", timezone: "UTC" },
    permissions: { ...noGrants, net: true },
  });
  const backup = spec("backup", { run: { type: "command", command: ["pg_dump"] } });
  const plan = planOf(
    [widened, backup, spec("same")],
    [registered(spec("sync")), registered(spec("same")), registered(spec("old"))],
  );
  const sides = {
    from: { name: "main", commit: "0123456789abcdef0123456789abcdef01234567", note: null },
    to: { name: "working tree", commit: null, note: null },
  };
  const timed = withFireTimes(plan, { nowMs: NOW_MS, horizonMs: 30 * 86_400_000 });
  const document = planText({ ...timed, sides });
  assert.deepEqual(document.split("\n").slice(0, 5), [
    "<!-- cronverge-plan -->",
    "",
    "### Schedule plan: 1 to add, 1 to change, 1 to remove — ⚠ 1 widens permissions, 1 new with permissions",
    "",
    "> [!CAUTION]",
  ]);
  assertGolden("report-markdown.txt", document);
});

test("no changes, a refusal and errors each say what happens", () => {
  const same = planOf([spec("a")], [registered(spec("a"))]);
  assert.match(planText(same), /\n### Schedule plan: no changes\n/);
  const refused = planOf([], [registered(spec("a"))]);
  assert.match(planText(refused), /\n### Schedule plan: refused, 1 to remove\n\n> \[!CAUTION\]\n/);
  const broken = planText(null, HOSTILE_DIAGNOSTICS);
  assert.match(
    broken,
    /### Schedule plan: 1 error, 1 warning\n\n\*\*Nothing will be applied\.\*\*/,
  );
  assert.match(broken, /The last good schedule stays in force\./);
  const good = reportCheck(2, hostileOptions("markdown", []));
  assert.equal(good, "<!-- cronverge-check -->\n\n### Schedule check: ok, 2 jobs\n");
});

test("secrets are no more shown than by the plan for people", () => {
  const job = spec("job", { env: { DB_PASSWORD: "hunter2" }, parameters: { token: "hunter2" } });
  assert.doesNotMatch(planText(planOf([job])), /hunter2/);
});

test("the table has words before and after, and what moves up to the horizon", () => {
  const zone = "Europe/Paris";
  const after = { type: "cron", expression: "30 3 * * 1-5", timezone: zone } as const;
  const plan = planOf([spec("sync", { schedule: after })], [registered(spec("sync"))]);
  const times = {
    before: null,
    after: null,
    from: "2026-11-21T11:50:00.000Z",
    until: "2026-12-21T11:50:00.000Z",
    horizon: "2026-12-21T11:50:00.000Z",
    same: null,
    kept: 1,
    added: 2,
    removed: 0,
    moved: 3,
    shifts: [{ byMs: -5_400_000, count: 3 }],
  };
  const changes = plan.changes.map((change) => ({ ...change, times }));
  assert.match(
    planText({ ...plan, changes }),
    /\| Job \| Change \| When \| Next \| Effect \|\n.*\n\| `sync` \| update \| Daily at 2:00 `UTC` → At 03:30, Monday through Friday `Europe\/Paris` \| Mon 2026-11-23 03:30 \+01:00 \| 30 days: 3 move by −1h30m, 2 added, 1 kept \|/,
  );
});

test("a plan of any size fits into a comment, the weightiest first", () => {
  const long = "`".repeat(5_000);
  const jobs = Array.from({ length: 1_500 }, (_, index) =>
    spec(`job-${index}`, {
      run: { type: "command", command: [long, "\u202E".repeat(2_000)] },
      description: long,
    }),
  );
  const wide = spec("wide", { permissions: { ...noGrants, net: true } });
  const warnings = jobs.map((): Diagnostic => {
    const [found] = HOSTILE_DIAGNOSTICS;
    assert.ok(found !== undefined);
    return { ...found, message: long, help: long, file: long };
  });
  const plan = planOf([...jobs, wide], [registered(spec("wide"))]);
  const document = planText({ ...plan, refusal: { message: long, help: long } }, warnings);
  assert.ok(document.length <= 60_000, `${document.length} characters`);
  for (const line of outsideOfCode(document).split("\n")) assert.match(line, OURS);
  assert.match(document, /and \d+ more changes/);
  assert.ok(document.indexOf("`wide`") < document.indexOf("`job-0`"));
});
