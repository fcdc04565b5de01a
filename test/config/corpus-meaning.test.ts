import { test } from "node:test";
import assert from "node:assert/strict";
import { check, plugin, summary, testCorpus, type Corpus } from "./checking.ts";

/** Files that fit the schema and cannot be meant. */
const CORPUS: Corpus = [
  [
    "expression with 4 fields",
    'jobs:\n  a: {command: x, schedule: "0 2 * *"}\n',
    ["2:29 schedule/cron"],
  ],
  [
    "date that never comes",
    'jobs:\n  a: {command: x, schedule: {cron: "0 0 30 2 *"}}\n',
    ["2:36 schedule/cron"],
  ],
  [
    "both days",
    'jobs:\n  a: {command: x, schedule: "0 0 1 * 1"}\n',
    ["warning 2:29 schedule/both-days"],
  ],
  [
    "zones",
    'timezone: Mars/Base\njobs:\n  a: {command: x, schedule: {cron: "0 0 * * *", timezone: Nowhere}}\n',
    ["1:11 schedule/timezone", "3:59 schedule/timezone"],
  ],
  [
    "two default zones",
    "timezone: UTC\ndefaults: {timezone: UTC}\njobs: {}\n",
    ["2:12 config/one-of"],
  ],
  [
    "interval below a second",
    "jobs:\n  a: {command: x, schedule: {every: 999ms}}\n",
    ["2:37 schedule/interval"],
  ],
  [
    "day that does not exist",
    "jobs:\n  a: {command: x, schedule: {at: 2027-02-30T00:00:00Z}}\n",
    ["2:34 schedule/instant"],
  ],
  [
    "instant without an offset",
    "jobs:\n  a: {command: x, schedule: {at: 2027-02-03T00:00:00}}\n",
    ["2:34 config/format"],
  ],
  [
    "past instant",
    "jobs:\n  a: {command: x, schedule: {at: 2026-05-31T23:59:59Z}}\n",
    ["warning 2:34 schedule/past"],
  ],
  ["same name", "jobs:\n  a-b: {command: x}\n  a_b: {command: x}\n", ["3:3 config/duplicate-job"]],
  [
    "former names",
    "jobs:\n  a-b: {command: x, renamed_from: a_b}\n  c: {command: x, renamed_from: a_b}\n  d: {command: x, renamed_from: old}\n  e: {command: x, renamed_from: old}\n  f: {command: x, renamed_from: Bad}\n",
    [
      "2:35 config/renamed-from",
      "3:33 config/renamed-from",
      "5:33 config/renamed-from",
      "6:33 config/format",
    ],
  ],
  ["nothing to run", "jobs:\n  nightly: {}\n", ["2:3 plugin/not-found"]],
  ["no such plugin", "jobs:\n  a: {plugin: nope}\n", ["2:15 plugin/not-found"]],
  ["plugin out of the directory", "jobs:\n  a: {plugin: link}\n", ["2:15 plugin/outside"]],
  [
    "paths that are no plugin names",
    "jobs:\n  a: {plugin: ../x}\n  b: {plugin: /etc/x}\n  c: {plugin: 'http://x'}\n",
    ["2:15 config/format", "3:15 config/format", "4:15 config/format"],
  ],
  ["no such export", "jobs:\n  a: {plugin: p#nope}\n", ["2:15 plugin/export"]],
  ["name of its own", "jobs:\n  a: {plugin: named}\n", ["2:15 plugin/name"]],
  [
    "keys that a command cannot use",
    "jobs:\n  a:\n    command: x\n    parameters: {x: 1}\n    permissions: {net: true, env: [A]}\n",
    ["4:5 config/unusable", "5:19 config/unusable"],
  ],
  [
    "keys that a built-in cannot use",
    "jobs:\n  log-cleanup: {retention_hours: 1, memory: 1GB, parameters: {days: 3, retention_days: 0}}\n",
    [
      "2:17 config/unusable",
      "2:37 config/unusable",
      "2:63 config/unknown-key",
      "2:88 config/range",
    ],
  ],
  [
    "parameters of other kinds than whole numbers",
    "jobs:\n  malicious_ip_blacklist:\n    parameters: {high_risk_countries: [br], datacenter_prefixes: 47.74., scanner_sessions: 2.5}\n  behavioral_analysis:\n    parameters: {requests_per_minute: 2.5, exempt_prefixes: ['10.', 'x']}\n",
    ["3:39 config/range", "3:66 config/range", "3:92 config/range", "5:61 config/range"],
  ],
  [
    "shorthand of two built-ins, and of one",
    "jobs:\n  cleanup_empty_contexts: {retention_hours: 1, retention_days: 2}\n  database_cleanup: {retention_days: 2}\n",
    ["2:48 config/unusable", "3:22 config/unusable"],
  ],
  [
    "a database for built-ins alone, that is declared",
    "database: {connections: {app: {env: APP}}}\njobs:\n  log-cleanup: {database: app, enforce: true}\n  database_cleanup: {database: ap}\n  p: {database: app}\n  a: {command: [x], enforce: false}\n",
    ["4:32 permissions/database", "5:7 config/unusable", "6:21 config/unusable"],
  ],
  [
    "parameter twice",
    "jobs:\n  log-cleanup: {retention_days: 1, parameters: {retention_days: 2}}\n",
    ["2:17 config/one-of"],
  ],
  ["shorthand on a plugin", "jobs:\n  p: {retention_days: 3}\n", ["2:7 config/unusable"]],
  [
    "wildcard in a grant",
    "jobs:\n  p: {permissions: {read: [./data/*], write: [ok]}}\n",
    ["2:28 permissions/path"],
  ],
  ["empty grant", 'jobs:\n  p: {permissions: {read: [""]}}\n', ["2:28 config/empty"]],
  [
    "unknown connection",
    "jobs:\n  p: {permissions: {database: [app]}}\n",
    ["2:32 permissions/database"],
  ],
  [
    "variables that load code",
    "jobs:\n  p:\n    env: {NODE_OPTIONS: x, LD_PRELOAD: x, A: {env: CRONVERGE_DATABASE_URL}}\n    permissions: {env: [GIT_DIR, OK]}\n",
    [
      "3:11 permissions/variable",
      "3:28 permissions/variable",
      "3:52 permissions/variable",
      "4:25 permissions/variable",
    ],
  ],
  [
    "requests that cannot be sent",
    'jobs:\n  a: {http: {url: ftp://x, body: x, headers: {A: x, a: "\\n", te: x}}}\n',
    [
      "2:19 config/address",
      "2:28 config/http",
      "2:53 config/http",
      "2:56 config/http",
      "2:62 config/http",
    ],
  ],
  [
    "limits",
    "jobs:\n  a: {command: x, timeout: 0s, memory: 1B, output: 100GB, grace: 2h}\n",
    ["2:28 config/range", "2:40 config/range", "2:52 config/range", "2:66 config/range"],
  ],
  [
    "credentials",
    'jobs:\n  a: {command: "x postgres://u:pw@h", env: {API_TOKEN: abc, B: {env: TOKEN}}}\n',
    ["warning 2:16 security/literal-credential", "warning 2:56 security/literal-credential"],
  ],
  [
    "address without a project",
    "database: {url: {env: X}}\njobs: {}\n",
    ["1:12 config/missing-key"],
  ],
  [
    "database",
    "project: p\ndatabase: {url: mysql://x, lease: 1s, schema: pg_x, connections: {a: nope}}\njobs: {}\n",
    ["2:17 config/address", "2:35 config/range", "2:47 config/format", "2:70 config/address"],
  ],
];

testCorpus(CORPUS);

test("a mistake in the code's own schedule is shown at the job", () => {
  const bad = plugin("p", {
    declared: { name: null, description: null, schedule: "x", enabled: null },
  });
  assert.deepEqual(summary(check("jobs:\n  p: {}\n", { plugins: [bad] })), ["2:3 schedule/cron"]);
});

test("a plugin that is not there is asked for by its path, or by the name that was meant", () => {
  const help = (text: string): string | null | undefined =>
    check(text, { plugins: [plugin("weekly")] })[0]?.help;
  const write =
    "services/scheduler/plugins/reports/daily.ts (or .js), or give the job a command or http";
  assert.equal(help("jobs:\n  a: {plugin: reports/daily}\n"), `write ${write}`);
  assert.match(
    help("jobs:\n  nightly: {}\n") ?? "",
    /^write services\/scheduler\/plugins\/nightly\.ts/,
  );
  assert.equal(help("jobs:\n  weeky: {}\n"), "did you mean `weekly`?");
});

test("a misspelt nickname is corrected, another is given all names", () => {
  const help = (text: string): string =>
    check(`jobs:\n  a: {command: [x], schedule: "${text}"}\n`)[0]?.help ?? "";
  assert.equal(help("@dayly"), "did you mean `@daily`?");
  assert.equal(help("@Hourly "), "");
  assert.match(help("@fortnight"), /^the names are @yearly/);
  assert.match(help("@every 5m"), /^write `schedule: \{every: 5m\}`/);
  assert.match(help("@reboot"), /^give it a time/);
});

test("each mistake with a former name says what to do", () => {
  const messages = check(
    "jobs:\n  a-b: {command: [x], renamed_from: a_b}\n  c: {command: [x], renamed_from: a_b}\n  d: {command: [x], renamed_from: old}\n  e: {command: [x], renamed_from: old}\n",
  ).map(({ message }) => message);
  assert.deepEqual(messages, [
    "`a_b` is the job's own name: - and _ do not differ in names",
    "`a-b` is still declared, so `c` cannot go on with its history",
    "`d` is renamed from `old` already, and a history has one job",
  ]);
});
