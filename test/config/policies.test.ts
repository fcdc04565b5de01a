import { test } from "node:test";
import assert from "node:assert/strict";
import { DEFAULT_POLICIES } from "../../src/model/policy.ts";
import { check, desire, summary, testCorpus, type Corpus } from "./checking.ts";

const DAILY = "schedule: '@daily'";

const CORPUS: Corpus = [
  ["no such overlap", "jobs:\n  a: {command: x, overlap: queue}\n", ["2:28 config/value"]],
  ["overlap in defaults", "defaults: {overlap: on}\njobs: {}\n", ["1:21 config/value"]],
  [
    "a mutex runs one at a time",
    "jobs:\n  a: {command: x, mutex: m, concurrency: 2}\n",
    ["2:29 config/one-of"],
  ],
  [
    "any number and a number",
    "defaults: {overlap: allow}\njobs:\n  a: {command: x, concurrency: 2}\n",
    ["3:19 config/one-of"],
  ],
  [
    "one that replaces, and several",
    "jobs:\n  a: {command: x, overlap: replace, concurrency: 2}\n",
    ["2:37 config/one-of"],
  ],
  ["a queue where none is", "jobs:\n  a: {command: x, queue_limit: 5}\n", ["2:19 config/unusable"]],
  [
    "policies of due times without a schedule",
    "jobs:\n  a: {command: x, catchup: {policy: all}, spread: 5m, late_after: 5m}\n",
    ["2:19 config/unusable", "2:43 config/unusable", "2:55 config/unusable"],
  ],
  [
    "spread of a single time",
    "jobs:\n  a: {command: x, schedule: {at: 2026-12-25T09:00:00Z}, spread: 5m}\n",
    ["2:57 config/unusable"],
  ],
  [
    "retry without its number",
    "jobs:\n  a: {command: x, retry: {backoff: {initial: 5s}}}\n",
    ["2:19 config/missing-key"],
  ],
  [
    "pauses",
    "jobs:\n  a: {command: x, retry: {attempts: 0, backoff: {initial: 5h, max: 1h, jitter: 2}}}\n",
    ["2:37 config/range", "2:80 config/range"],
  ],
  [
    "a first pause beyond the longest by default",
    "jobs:\n  a: {command: x, retry: {attempts: 2, backoff: {initial: 1h}}}\n",
    ["2:59 config/range"],
  ],
  [
    "lengths of time",
    `jobs:\n  a: {command: x, ${DAILY}, spread: 2d, deadline: 10ms, late_after: 1ms, catchup: {window: 1s}}\n`,
    ["2:47 config/range", "2:61 config/range", "2:79 config/range", "2:102 config/range"],
  ],
  [
    "a spread beyond the next due time",
    "jobs:\n  a: {command: x, schedule: '0 * * * *', spread: 2h}\n  b: {command: x, schedule: {every: 5m}, spread: 6m}\n  c: {command: x, schedule: '0 * * * *', spread: 1h}\n",
    [
      "warning 2:50 schedule/spread-beyond-interval",
      "warning 3:50 schedule/spread-beyond-interval",
    ],
  ],
  [
    "a deadline that no retry can meet",
    "jobs:\n  a: {command: x, deadline: 9s, retry: {attempts: 3}}\n  b: {command: x, deadline: 10s, retry: {attempts: 3}}\n  c: {command: x, deadline: 5s, retry: {attempts: 1}}\n  d: {command: x, deadline: 5s, retry: {attempts: 2, backoff: {initial: 1s}}}\n",
    ["warning 2:29 job/unreachable-retry"],
  ],
  [
    "a deadline that no retry can meet, half of which is said for all jobs",
    "defaults: {deadline: 5s}\njobs:\n  a: {command: x, retry: {attempts: 3}}\n  b: {command: x}\n",
    ["warning 3:26 job/unreachable-retry"],
  ],
  [
    "a deadline that no retry can meet, for all jobs",
    "defaults: {deadline: 5s, retry: {attempts: 3}}\njobs:\n  a: {command: x}\n",
    ["warning 1:22 job/unreachable-retry"],
  ],
  [
    "catch-up keys without effect",
    `jobs:\n  a: {command: x, ${DAILY}, catchup: {policy: none, window: 1h, max: 5}}\n  b: {command: x, ${DAILY}, catchup: {max: 5, window: 1h}}\n`,
    ["2:63 config/unusable", "2:75 config/unusable", "3:49 config/unusable"],
  ],
  [
    "catch-up keys without effect in defaults",
    "defaults: {catchup: {policy: none, max: 5}}\njobs: {}\n",
    ["1:36 config/unusable"],
  ],
  [
    "a bad schedule is one mistake",
    "jobs:\n  a: {command: x, schedule: {evry: 5m}, late_after: 5m, catchup: {policy: all}, dst: {gap: skip}}\n  b: {command: x, schedule: 5, spread: 5m, late_after: 5m}\n  c: {command: x, schedule: '61 * * * *', late_after: 5m, dst: {gap: skip}}\n  d: {command: x, schedule: {cron: 5}, late_after: 5m}\n",
    ["2:30 config/unknown-key", "3:29 config/type", "4:29 schedule/cron", "5:36 config/type"],
  ],
  [
    "on_failure of both kinds and of none",
    "jobs:\n  a: {command: x, on_failure: {command: y, http: {url: 'http://x'}}}\n  b: {command: x, on_failure: {}}\n",
    ["2:44 config/one-of", "3:19 config/one-of"],
  ],
  [
    "signs of life",
    "node: {heartbeat: {url: 'x y', every: 10ms}}\njobs: {}\n",
    ["1:25 config/address", "1:39 config/range"],
  ],
];

testCorpus(CORPUS);

test("the policies of a job are its own, else those of the file, else ours", () => {
  const [plain, own, file] = desire(`
jobs:
  plain: {command: [x]}
`).jobs.concat(
    desire(`
defaults: {overlap: queue_all, priority: 5, retry: {attempts: 3}, deadline: 1h, late_after: 10m}
jobs:
  own:
    command: [x]
    schedule: {cron: "0 1 * * *"}
    overlap: queue_all
    queue_limit: 7
    concurrency: 3
    priority: -2
    retry: {attempts: 5, backoff: {initial: 1s, factor: 1.5, max: 1m, jitter: 0}}
    catchup: {policy: all, window: 2h, max: 9}
    dst: {gap: skip}
    spread: 90s
    deadline: none
    late_after: 1m
    pause_after_failures: 4
    on_failure: {command: [./alert.sh]}
  file: {command: [x], mutex: m, on_failure: {http: {url: {env: ALERT}, method: POST}}}
`).jobs,
  );
  const policies = Object.keys(DEFAULT_POLICIES) as (keyof typeof DEFAULT_POLICIES)[];
  for (const policy of policies) {
    assert.deepEqual(plain?.spec[policy], DEFAULT_POLICIES[policy]);
    assert.ok(plain.defaulted.includes(policy), policy);
  }
  assert.deepEqual(Object.fromEntries(policies.map((policy) => [policy, own?.spec[policy]])), {
    overlap: "queue_all",
    queueLimit: 7,
    concurrency: 3,
    mutex: null,
    priority: -2,
    catchup: { policy: "all", windowMs: 7_200_000, max: 9 },
    spreadMs: 90_000,
    retry: { attempts: 5, initialMs: 1_000, factor: 1.5, maxMs: 60_000, jitter: 0 },
    deadlineMs: null,
    pauseAfterFailures: 4,
    onFailure: { type: "command", command: ["./alert.sh"] },
    lateAfterMs: 60_000,
  });
  assert.deepEqual(own?.spec.schedule, {
    type: "cron",
    expression: "0 1 * * *",
    timezone: "UTC",
    dst: { gap: "skip" },
  });
  const { overlap, priority, retry, deadlineMs, mutex, onFailure } = file?.spec ?? {};
  assert.deepEqual(
    { overlap, priority, retry, deadlineMs, mutex },
    {
      overlap: "queue_all",
      priority: 5,
      retry: { ...DEFAULT_POLICIES.retry, attempts: 3 },
      deadlineMs: 3_600_000,
      mutex: "m",
    },
  );
  assert.deepEqual(onFailure, {
    type: "http",
    http: {
      url: { env: "ALERT" },
      method: "POST",
      headers: {},
      body: null,
      expect: [200, 201, 202, 204],
      redirects: 0,
    },
  });
  assert.ok(!file?.defaulted.includes("overlap") && file?.defaulted.includes("catchup"));
});

const REWRITES: [line: string, help: RegExp][] = [
  ["catchup: all", /^write `catchup: \{policy: all\}`$/],
  ["catchup: true", /^write `catchup: \{policy: latest\}`$/],
  ["dst: skip", /^write `dst: \{gap: skip\}`$/],
  ["dst: twice", /^write `dst: \{fold: twice\}`$/],
  ["retry: 3", /^write `retry: \{attempts: 3\}`$/],
];

for (const [line, help] of REWRITES) {
  test(`the remedy for '${line}' is the map that was meant`, () => {
    for (const text of [
      `jobs:\n  a: {command: [x], ${DAILY}, ${line}}\n`,
      `defaults: {${line}}\njobs: {}\n`,
    ]) {
      const found = check(text);
      assert.deepEqual(
        found.map(({ rule }) => rule),
        ["config/type"],
        text,
      );
      assert.match(found[0]?.help ?? "", help);
    }
  });
}

test("a hook whose script is not there is found before it is needed", () => {
  const missing = ["scripts/tell.sh", "tell.sh", "bin/tell"];
  const found = (hook: string): string[] =>
    summary(check(`jobs:\n  a: {command: [x], on_failure: {command: ${hook}}}\n`, { missing }));
  assert.deepEqual(found("[scripts/tell.sh, loud]"), ["warning 2:44 command/missing-script"]);
  assert.deepEqual(found("[sh, tell.sh]"), ["warning 2:48 command/missing-script"]);
  assert.deepEqual(found("scripts/tell.sh loud").length, 2, "and a shell is not needed");
  const fine = [
    "[tell.sh]",
    "[sh, -c, tell.sh]",
    "[node, bin/tell]",
    "[/bin/tell]",
    "[scripts/other]",
  ];
  for (const hook of fine) assert.deepEqual(found(hook), [], hook);
  const all = check("defaults: {on_failure: {command: [bin/tell]}}\njobs: {}\n", { missing });
  assert.deepEqual(summary(all), ["warning 1:35 command/missing-script"]);
});
