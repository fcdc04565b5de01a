import { test } from "node:test";
import assert from "node:assert/strict";
import { check, testCorpus, type Corpus } from "./checking.ts";

/** Files that do not fit the schema. */
const CORPUS: Corpus = [
  ["misspelt top key", "timezon: UTC\njobs: {}\n", ["1:1 config/unknown-key"]],
  [
    "misspelt handler hides nothing to run",
    "jobs:\n  a: {comand: x}\n",
    ["2:7 config/unknown-key"],
  ],
  ["a key of a later issue", "jobs:\n  a: {command: x, needs: [b]}\n", ["2:19 config/unknown-key"]],
  [
    "name of a job",
    "jobs:\n  Bad Name: {command: x}\n  1: {command: x}\n",
    ["2:3 config/job-name", "3:3 config/job-name"],
  ],
  ["job without a value", "jobs:\n  a:\n", ["2:3 config/type"]],
  ["yes is text", "jobs:\n  a: {command: x, enabled: yes}\n", ["2:28 config/type"]],
  ["duration without a unit", "jobs:\n  a: {command: x, timeout: 30}\n", ["2:28 config/type"]],
  ["duration in words", "jobs:\n  a: {command: x, grace: 5 minutes}\n", ["2:26 config/format"]],
  ["size without a unit", "jobs:\n  a: {command: x, memory: 256}\n", ["2:27 config/type"]],
  ["schedule of another kind", "jobs:\n  a: {command: x, schedule: 5}\n", ["2:29 config/type"]],
  [
    "misspelt kind of schedule",
    "jobs:\n  a: {command: x, schedule: {evry: 5m}}\n",
    ["2:30 config/unknown-key"],
  ],
  [
    "no kind of schedule",
    "jobs:\n  a: {command: x, schedule: {timezone: UTC}}\n",
    ["2:19 config/one-of"],
  ],
  [
    "two kinds of schedule, one of them wrong",
    'jobs:\n  a: {command: x, schedule: {cron: "0 0 * * *", every: 5x}}\n',
    ["2:49 config/one-of", "2:56 config/format"],
  ],
  [
    "zone on an interval",
    "jobs:\n  a: {command: x, schedule: {every: 5m, timezone: UTC}}\n",
    ["2:41 config/unknown-key"],
  ],
  ["two handlers", "jobs:\n  a: {command: x, http: {url: 'http://x'}}\n", ["2:19 config/one-of"]],
  [
    "empty command",
    'jobs:\n  a: {command: []}\n  b: {command: ""}\n',
    ["2:16 config/empty", "3:16 config/empty"],
  ],
  ["number among arguments", "jobs:\n  a: {command: [sleep, 5]}\n", ["2:24 config/type"]],
  ["http without an address", "jobs:\n  a: {http: {method: GET}}\n", ["2:7 config/missing-key"]],
  ["misspelt address", "jobs:\n  a: {http: {ur: 'http://x'}}\n", ["2:14 config/unknown-key"]],
  [
    "values of a request",
    "jobs:\n  a: {http: {url: 5, method: get, expect: [200, x], redirects: 11}}\n",
    ["2:19 config/type", "2:30 config/value", "2:49 config/type", "2:64 config/range"],
  ],
  [
    "status below 200",
    "jobs:\n  a: {http: {url: 'http://x', expect: 100}}\n",
    ["2:39 config/range"],
  ],
  [
    "value sources",
    "jobs:\n  a:\n    command: x\n    env: {A: 5, B: {envv: X}, C: {env: 1X}, D: {env: X, file: y}, 1E: x}\n",
    [
      "4:14 config/type",
      "4:21 config/unknown-key",
      "4:40 config/format",
      "4:57 config/one-of",
      "4:67 config/name",
    ],
  ],
  [
    "permissions",
    "jobs:\n  a: {plugin: p, permissions: {net: yes, read: ./x, nett: true}}\n",
    ["2:37 config/type", "2:48 config/type", "2:53 config/unknown-key"],
  ],
  [
    "a key of a job at the top",
    "jobs:\n  a:\n    schedule: '@daily'\n    command: x\ntimeout: 5m\n",
    ["5:1 config/unknown-key"],
  ],
  [
    "a key of a job beside the jobs",
    "jobs:\n  log-cleanup:\n    schedule: '@daily'\n  command: [x]\n",
    ["4:12 config/type"],
  ],
  [
    "levels of rules",
    "rules: {schedule/past: of, x: off}\njobs: {}\n",
    ["1:24 config/value", "1:28 config/unknown-key"],
  ],
  ["repeated tag", "jobs:\n  a: {command: x, tags: [a, b, a]}\n", ["2:32 config/repeated"]],
  [
    "ages of log lines",
    "retention: {logs: {trace: 1d, infos: 7d, warn: 30}}\njobs: {}\n",
    ["1:20 config/unknown-key", "1:31 config/unknown-key", "1:48 config/type"],
  ],
  ["an age for all lines that is none", "retention: {logs: 30}\njobs: {}\n", ["1:19 config/type"]],
  [
    "retention",
    "retention: {executions: {age: 90}, versions: 0}\njobs: {}\n",
    ["1:31 config/type", "1:46 config/range"],
  ],
];

testCorpus(CORPUS);

test("a misspelt key is suggested, a list of keys given only when none is near", () => {
  const [near, far] = check("jobs:\n  a: {command: [x], timout: 5m, zzz: 1}\n");
  assert.equal(near?.help, "did you mean `timeout`?");
  assert.match(far?.help ?? "", /^keys that can stand here: description, schedule/);
});

test("the sentence of patternErrorMessage is the message, with what was probably meant", () => {
  const [found] = check("jobs:\n  a: {command: [x], timeout: 5 minutes}\n");
  assert.equal(
    found?.message,
    '`jobs.a.timeout` must be a duration such as 1h30m, 45s or 500ms, or none, not "5 minutes"',
  );
  assert.equal(found?.help, "did you mean `5m`?");
  assert.equal(help("jobs:\n  a: {command: [x], timeout: 5}\n"), "did you mean `5s`?");
  const retention = "retention: {logs: {debug: 1}}\njobs: {}\n";
  assert.equal(help(retention), "did you mean `1d`?", "what is kept is kept for days");
});

function help(text: string): string {
  return check(text)[0]?.help ?? "";
}

test("a key of a job that stands too far left is told where it belongs", () => {
  assert.equal(
    help("jobs:\n  log-cleanup: {}\ncommand: [x]\n"),
    "`command` is a key of a job: indent it deeper than the job's name",
  );
  assert.equal(
    help("jobs:\n  log-cleanup: {}\ntimeout: 5m\n"),
    "`timeout` is a key of a job: indent it deeper than the job's name, or set it for all jobs under `defaults`",
  );
  assert.equal(
    help("jobs:\n  log-cleanup:\n  schedule: '@daily'\n".replace("cleanup:", "cleanup: {}")),
    "`schedule` is a key of a job: indent it deeper than the job's name",
  );
});

test("an unknown key of a plugin's job is probably a parameter", () => {
  assert.equal(
    help("jobs:\n  p: {limit: 10}\n"),
    "put it under parameters: if the job's code reads it, write `parameters: {limit: …}`",
  );
  assert.match(help("jobs:\n  p: {timout: 5m}\n"), /did you mean `timeout`/);
  assert.match(help("jobs:\n  p: {needs: [b]}\n"), /^keys that can stand here/);
  assert.match(help("jobs:\n  a: {command: [x], limit: 10}\n"), /^keys that can stand here/);
  assert.match(help("jobs:\n  log-cleanup: {limit: 10}\n"), /^keys that can stand here/);
});

test("the words of other schedulers lead to ours", () => {
  assert.equal(
    help('jobs:\n  a: {command: [x], cron: "0 0 * * *"}\n'),
    "write `schedule: {cron: …}`",
  );
  assert.equal(help("jobs:\n  a: {script: x}\n"), "did you mean `command`?");
  assert.equal(help("jobs:\n  p: {params: {a: 1}}\n"), "did you mean `parameters`?");
});

test("a list of jobs is told how to be a map", () => {
  const wanted = (name: string): string =>
    `write a map, each job by its name and without a dash: \`jobs: {${name}: {schedule: "@daily", …}}\``;
  assert.equal(help("jobs:\n  - name: weekly\n    schedule: '@daily'\n"), wanted("weekly"));
  assert.equal(help("jobs: [{schedule: '@daily'}]\n"), wanted("report"));
});
