import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkConfig,
  checkGit,
  checkLiteralCredentials,
  checkLookups,
  checkValid,
  type ConfigFacts,
} from "../../src/cli/doctor/config.ts";
import {
  checkClock,
  checkConnections,
  checkDurability,
  checkForeign,
  checkPooler,
  checkProject,
  checkRights,
  checkSchema,
  checkTimeouts,
  checkUnreachable,
} from "../../src/cli/doctor/database.ts";
import {
  checkFileSystem,
  checkFolder,
  checkLeftovers,
  checkModes,
  checkSpace,
} from "../../src/cli/doctor/disk.ts";
import {
  checkCrashed,
  checkJobs,
  checkLate,
  checkOverrides,
  checkPaused,
  checkZoneData,
} from "../../src/cli/doctor/jobs.ts";
import {
  checkInotify,
  checkMemory,
  checkNode,
  checkOpenFiles,
  checkPlatform,
} from "../../src/cli/doctor/machine.ts";
import { checkNodes, type KnownNode } from "../../src/cli/doctor/nodes.ts";
import { SchedulerError } from "../../src/model/errors.ts";
import type { MachineFacts } from "../../src/execute/machine-facts.ts";
import type { DoctorFinding } from "../../src/views/doctor.ts";
import { commandJob } from "../helpers/desired.ts";
import { assertGolden, plain } from "../helpers/golden.ts";
import { renderDoctor } from "../../src/views/doctor.ts";

/** `level check: message`, which is what a finding comes down to. */
function short(findings: DoctorFinding | DoctorFinding[]): string[] {
  return [findings].flat().map(({ level, check, message }) => `${level} ${check}: ${message}`);
}

const MACHINE: MachineFacts = {
  nodeVersion: "v26.10.0",
  permissionModel: true,
  platform: "linux",
  arch: "x64",
  glibc: "2.36",
  cores: 2,
  memoryBytes: 4e9,
  memoryLimitBytes: null,
  openFiles: 1_024,
  inotifyWatches: 65_536,
  inotifyInstances: 128,
};

test("the machine", () => {
  const lacking = checkNode({ ...MACHINE, permissionModel: false });
  assert.match(short(lacking)[0] ?? "", /^wrong node: Node v26\.10\.0 lacks the permission model/);
  const musl = { ...MACHINE, glibc: null };
  assert.equal(checkPlatform(musl, true).level, "wrong");
  assert.equal(checkPlatform(musl, false).level, "hint");
  assert.equal(checkPlatform({ ...musl, platform: "darwin" }, true).level, "ok");
  assert.deepEqual(short(checkOpenFiles({ openFiles: 256 }, 8)), [
    "hint open-files: 256 open files are allowed, and 8 jobs at a time may need 264",
  ]);
  assert.equal(checkOpenFiles(MACHINE, 8).level, "ok");
  const few = checkInotify({ inotifyWatches: 100, inotifyInstances: 4 });
  assert.match(few[0]?.help ?? "", /sysctl fs\.inotify\.max_user_watches=8192 fs\.inotify/);
  assert.deepEqual(checkInotify({ inotifyWatches: null, inotifyInstances: null }), []);

  const jobs = Array.from({ length: 5 }, (_, n) => commandJob(`job-${n}`));
  const needs = { concurrency: 4, jobs };
  assert.equal(checkMemory(MACHINE, needs).level, "ok");
  const tight = checkMemory({ ...MACHINE, memoryLimitBytes: 5e8 }, needs);
  assert.match(
    short(tight)[0] ?? "",
    /^hint memory: the container or service is allowed 500 MB of memory, and 4 jobs at once may take 1\.3 GB/,
  );
});

const CONFIG: ConfigFacts = {
  file: "config.yaml",
  jobs: 3,
  diagnostics: [],
  git: { commit: "0123456789abcdef", author: "A", subject: "s", dirty: false },
  readableByAll: true,
  unresolved: [],
};

const CREDENTIAL: ConfigFacts["diagnostics"][number] = {
  severity: "warning",
  rule: "security/literal-credential",
  message: "",
  help: null,
  file: "config.yaml",
  line: 7,
  column: 1,
  endLine: 7,
  endColumn: 2,
};

test("the config", () => {
  assert.deepEqual(
    checkConfig(CONFIG).map(({ level }) => level),
    ["ok", "ok", "ok"],
  );
  const broken = { ...CREDENTIAL, severity: "error" as const, rule: "yaml/syntax" };
  assert.deepEqual(short(checkValid({ ...CONFIG, diagnostics: [broken, CREDENTIAL] })), [
    "wrong config-valid: config.yaml has 1 error: the last good schedule goes on",
  ]);
  assert.equal(checkValid({ ...CONFIG, diagnostics: [CREDENTIAL] }).level, "hint");
  assert.equal(checkGit({ ...CONFIG, git: null }).level, "hint");
  const dirty = { commit: "0123456", author: "A", subject: "s", dirty: true };
  assert.match(checkGit({ ...CONFIG, git: dirty }).message, /not as the last commit has it/);
  const open = checkLiteralCredentials({ ...CONFIG, diagnostics: [CREDENTIAL] });
  assert.deepEqual(short(open), [
    "wrong config-credentials: a credential is written at config.yaml:7, and every user of this machine can read config.yaml",
  ]);
  const closed = { ...CONFIG, diagnostics: [CREDENTIAL], readableByAll: false };
  assert.equal(checkLiteralCredentials(closed)[0]?.level, "hint");
  const unresolved = ["job a: the variable X is not set on this node"];
  assert.equal(checkLookups({ ...CONFIG, unresolved }).level, "hint");
});

test("the database", () => {
  const refused = new SchedulerError("database_failed", "unsupported startup parameter: x");
  assert.match(checkUnreachable(refused).help ?? "", /database\.pooled: true/);
  const away = new SchedulerError("database_unavailable", "it is away", { help: "wait" });
  assert.deepEqual(short(checkUnreachable(away)), ["wrong database-reachable: it is away"]);
  const outside = { embedded: false, pooled: false, project: "a", liveNodes: 0 };
  assert.equal(checkPooler({ foreignSession: true }, outside)[0]?.level, "wrong");
  assert.deepEqual(checkPooler({ foreignSession: true }, { ...outside, pooled: true }), []);

  const schema = { schema: "cronverge", schemaVersion: 2, ownSchemaVersion: 3 };
  const noProblem = { ...FACTS, ...schema };
  assert.match(short(checkSchema(noProblem))[0] ?? "", /^hint .*has version 2, and this program 3/);
  const newer = new SchedulerError("schema_newer", "newer", { help: "upgrade" });
  assert.equal(checkSchema({ ...noProblem, migrationProblem: newer }).level, "wrong");
  const rights = { mayCreate: false, role: "app", schema: "cronverge", schemaVersion: 3 };
  assert.match(checkRights(rights)[0]?.help ?? "", /grant create on schema "cronverge" to "app"/);
  assert.match(checkRights({ ...rights, schemaVersion: null })[0]?.help ?? "", /create schema/);
  assert.equal(checkProject({ project: "b", schema: "s" }, outside)[0]?.level, "wrong");
  assert.equal(
    checkProject({ project: null, schema: "s" }, { ...outside, project: null })[0]?.level,
    "hint",
  );
  assert.equal(checkForeign({ schema: "public", foreign: ["users"] })[0]?.level, "hint");

  const off = { ...FACTS.settings, fsync: "off", full_page_writes: "off" };
  assert.deepEqual(short(checkDurability({ settings: off })), [
    "wrong database-durability: fsync, full_page_writes are off: what was acknowledged may be lost in a crash, and a job run again",
  ]);
  const timeout = { ...FACTS.settings, idle_session_timeout: "1min" };
  assert.match(
    checkTimeouts({ settings: timeout })[0]?.message ?? "",
    /idle_session_timeout = 1min/,
  );
  const full = { connections: { used: 90, allowed: 97 } };
  assert.equal(checkConnections(full, outside).level, "hint");
  assert.equal(checkConnections(full, { ...outside, pooled: true }).level, "ok");
  assert.match(checkClock({ aheadMs: -61_000, askedMs: 5 }).message, /61\.0 s behind/);
  assert.equal(checkClock({ aheadMs: 1_000, askedMs: 5 }).level, "ok");
});

const FACTS = {
  serverVersion: "15.1",
  bytes: 1,
  dataDirectory: null,
  connections: { used: 1, allowed: 97 },
  tables: [],
  schemaVersion: 3,
  project: null,
  schema: "cronverge",
  ownSchemaVersion: 3,
  migrationProblem: null,
  mayCreate: true,
  role: "app",
  foreign: [],
  aheadMs: 0,
  askedMs: 1,
  settings: {
    fsync: "on",
    synchronous_commit: "on",
    full_page_writes: "on",
    idle_session_timeout: "0",
    transaction_timeout: "",
  },
  foreignSession: false,
  zoneData: null,
  jobs: null,
};

test("the disk of the embedded database", () => {
  const directory = "/srv/app/.cronverge/postgres/server";
  const modes = checkModes({ directory, directoryMode: 0o755, passwordMode: 0o644 });
  assert.equal(modes.help, `chmod 700 ${directory} && chmod 600 ${directory}/password`);
  assert.equal(checkModes({ directory, directoryMode: 0o700, passwordMode: 0o600 }).level, "ok");
  assert.equal(checkSpace({ directory, freeBytes: 5e8 }).level, "hint");
  assert.equal(checkSpace({ directory, freeBytes: 5e7 }).level, "wrong");
  assert.match(checkFileSystem({ directory, fileSystem: 0x6969 })[0]?.message ?? "", /on NFS/);
  assert.match(
    checkFileSystem({ directory, fileSystem: 0x01021994 })[0]?.message ?? "",
    /in memory/,
  );
  assert.deepEqual(checkFileSystem({ directory, fileSystem: 0xef53 }), []);
  assert.match(checkFolder({ directory: "/tmp/x/postgres" })[0]?.message ?? "", /clean up/);
  assert.match(
    checkFolder({ directory: "/home/a/Dropbox/x" })[0]?.message ?? "",
    /copies elsewhere/,
  );
  assert.deepEqual(checkFolder({ directory }), []);
  assert.equal(checkLeftovers({ leftovers: ["/x/server.new-1"] })[0]?.level, "hint");
});

const NODE: KnownNode = {
  host: "a",
  pid: 1,
  role: "all",
  version: "1.0.0",
  state: "live",
  live: true,
  reload_diagnostics: [],
  renewed_at: "2026-01-01T00:00:00.000Z",
};

test("the nodes", () => {
  const levels = (nodes: KnownNode[]): string[] =>
    checkNodes(nodes, "1.0.0").map(({ level, check }) => `${level} ${check}`);
  assert.deepEqual(levels([NODE]), ["ok nodes-live"]);
  assert.deepEqual(levels([{ ...NODE, role: "worker" }]), ["hint nodes-live"]);
  assert.deepEqual(levels([{ ...NODE, version: "0.9.0" }]), [
    "ok nodes-live",
    "hint nodes-versions",
  ]);
  const item = { ...CREDENTIAL, end_line: 1, end_column: 2 };
  const { endLine: _, endColumn: __, ...diagnostic } = item;
  assert.deepEqual(levels([{ ...NODE, reload_diagnostics: [diagnostic] }]), [
    "ok nodes-live",
    "wrong nodes-reload",
  ]);
  const dead: KnownNode = { ...NODE, host: "b", state: "dead", live: false };
  assert.deepEqual(levels([NODE, dead]), ["ok nodes-live", "hint nodes-dead"]);
  assert.deepEqual(levels([{ ...NODE, host: "b" }, dead]), ["ok nodes-live"]);
  assert.deepEqual(levels([NODE, { ...dead, role: "once" }]), ["ok nodes-live"]);
});

test("the jobs", () => {
  assert.deepEqual(short(checkCrashed({ crashed: [{ name: "a", error: "no file" }] })), [
    "wrong jobs-crashed: a crashed: no file",
  ]);
  assert.match(checkPaused({ paused: ["a"] })[0]?.help ?? "", /jobs enable a/);
  const late = { overdue: 1, waiting: 2 };
  assert.deepEqual(checkLate(late, false), []);
  assert.deepEqual(
    checkLate(late, true).map(({ level, check }) => `${level} ${check}`),
    ["wrong jobs-overdue", "hint jobs-waiting"],
  );
  const overrides = [
    { name: "a", by: "me", days: 31 },
    { name: "b", by: "me", days: 29 },
  ];
  assert.deepEqual(short(checkOverrides({ overrides })), [
    "hint jobs-overrides: overridden by hand for long: a (by me, 31 days ago)",
  ]);
  const well = { crashed: [], paused: [], overrides: [], disabled: 2, overdue: 0, waiting: 0 };
  assert.deepEqual(short(checkJobs(well, { clockLives: true })), [
    "ok jobs: none is crashed, paused or late; disabled: 2",
  ]);
  assert.match(checkZoneData("2026b", "2026a")[0]?.message ?? "", /older rules/);
  assert.match(checkZoneData("2025c", "2026a")[0]?.message ?? "", /newer rules/);
  assert.deepEqual(checkZoneData(null, "2026a"), []);
});

test("what it prints", () => {
  const findings = [
    checkNode(MACHINE),
    checkOpenFiles({ openFiles: 256 }, 8),
    checkDurability({ settings: { ...FACTS.settings, fsync: "off" } }),
    ...checkCrashed({ crashed: [{ name: "a\u001b[31m", error: "one\ntwo" }] }),
  ];
  const wrong = findings.filter(({ level }) => level === "wrong").length;
  const data = { healthy: false, wrong, hints: 1, findings };
  assertGolden("doctor.txt", renderDoctor(data, plain));
});
