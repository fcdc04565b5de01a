import { test } from "node:test";
import type { RevisionItem } from "../../src/views/revisions.ts";
import { renderRevision, renderRevisions } from "../../src/views/revisions.ts";
import type { NodeItem } from "../../src/views/nodes.ts";
import type { StatusData } from "../../src/views/status.ts";
import { renderStatus } from "../../src/views/status.ts";
import { renderUpcoming } from "../../src/views/upcoming.ts";
import { renderVersions } from "../../src/views/versions.ts";
import { assertGolden, plain } from "../helpers/golden.ts";

const NOW_MS = Date.parse("2026-11-21T04:00:00.000Z");
const COMMIT = "5d20f7191ac03e5d20f7191ac03e5d20f7191ac0";

const REVISION: RevisionItem = {
  id: 12,
  applied_at: "2026-11-20T09:00:00.000Z",
  applied_by: "ann@host",
  config_file: "/srv/app/services/scheduler/config.yaml",
  config_hash: "91ac03e",
  git_commit: COMMIT,
  git_author: "Ann",
  git_subject: "Run the report on Mondays",
  git_dirty: true,
  summary: { create: 2, update: 1, delete: 1, enable: 0, disable: 1, unchanged: 4 },
  settings_changed: false,
  in_force: true,
};

const NODE: NodeItem = {
  id: "01a1fc6a-3e31-7412-8d38-393f87451350",
  host: "worker-1",
  pid: 1790,
  role: "all",
  version: "0.1.0",
  concurrency: 4,
  state: "live",
  live: true,
  revision: 12,
  config_file: "/srv/app/services/scheduler/config.yaml",
  started_at: "2026-11-20T08:00:00.000Z",
  reload_failed_at: null,
  reload_diagnostics: [],
};

const UPCOMING = [
  {
    job_name: "weekly",
    at: "2026-11-23T08:00:00.000Z",
    starts_at: "2026-11-23T08:00:00.000Z",
    timezone: "Europe/Paris",
    schedule: "0 9 * * 1",
    schedule_human: "At 09:00, only on Monday",
  },
];

const HEALTHY: StatusData = {
  healthy: true,
  problems: [],
  database: "embedded",
  database_directory: "/srv/schedule/.cronverge",
  revision: REVISION,
  nodes: [NODE, { ...NODE, id: "01a1fc6a-0000-7412-8d38-393f87451350", host: "worker-2" }],
  jobs: { total: 5, enabled: 4, disabled: 1, overridden: 1, crashed: 0, paused: 0 },
  failing: [],
  crashed: [],
  paused: [],
  executions: { running: 0, pending: 2, retrying: 0 },
  log_retention: { debug_days: 1, info_days: 7, warn_days: 30, error_days: 90, kept_by: null },
  running: [],
  retrying: [],
  next: UPCOMING,
};

test("the status", () => {
  const options = { color: plain, timezone: "UTC", nowMs: NOW_MS };
  const sick: StatusData = {
    ...HEALTHY,
    healthy: false,
    problems: ["config.yaml:3:8  unknown key (the last good state goes on)", "a crashed: gone"],
    nodes: [
      { ...NODE, reload_failed_at: "2026-11-21T03:00:00.000Z" },
      { ...NODE, state: "silent", live: false },
    ],
    failing: [{ job_name: "backup", error: "exit code 1" }],
    jobs: { ...HEALTHY.jobs, crashed: 1, paused: 2 },
  };
  const empty: StatusData = {
    ...HEALTHY,
    healthy: false,
    problems: ["no scheduler is running; start one: cronverge up"],
    database: "external",
    revision: null,
    nodes: [],
    next: [],
  };
  const texts = [HEALTHY, sick, empty].map((data) => renderStatus(data, options));
  assertGolden("cli-status.txt", texts.join("\n----\n"));
});

test("revisions, versions and what is next", () => {
  const options = { color: plain, timezone: "Europe/Paris" };
  const first = { ...REVISION, id: 11, git_commit: null, git_author: null, git_subject: null };
  const settings = { ...first, summary: {}, settings_changed: true };
  const data = {
    revisions: [REVISION, { ...REVISION, settings_changed: true }, settings],
    total: 3,
  };
  const source = "jobs:\n  a: {command: [x]} # \u202E\n";
  const version = { sha256: "2a00acf26745aaaa", created_at: REVISION.applied_at, revision: 12 };
  const versions = [
    { ...version, version: "1.0.1", git_commit: COMMIT, current: true },
    { ...version, version: "1.0.0", git_commit: null, current: false },
  ];
  const texts = [
    renderRevisions(data, options),
    renderRevision({ ...REVISION, plan: null, source }, options),
    renderVersions({ job_name: "weekly", versions, total: 2 }, options),
    renderVersions({ job_name: "shell", versions: [], total: 0 }, options),
    renderUpcoming({ runs: UPCOMING, more: ["tick", "poll"], total: 1 }, { color: plain }),
    renderUpcoming({ runs: [], more: [], total: 0 }, { color: plain }),
  ];
  assertGolden("cli-revisions.txt", texts.join("\n"));
});
