import { test } from "node:test";
import assert from "node:assert/strict";
import { check, plugin, summary, testCorpus, type Corpus } from "./checking.ts";

/** One line for each name, with the schedule. */
function jobs(names: string, schedule: string): string {
  return names
    .split(" ")
    .map((name) => `  ${name}: {command: [x], schedule: "${schedule}"}\n`)
    .join("");
}

/** Files that are allowed and rarely meant. */
const CORPUS: Corpus = [
  [
    "wildcard in the hour that the clocks skip and repeat",
    'jobs:\n  a: {command: [x], schedule: {cron: "*/15 1 * * *", timezone: Europe/London}}\n',
    ["warning 2:38 schedule/irregular-days"],
  ],
  [
    "the same in the zone of the file",
    `timezone: Europe/London\njobs:\n${jobs("a", "*/15 1 * * *")}`,
    ["warning 3:31 schedule/irregular-days"],
  ],
  [
    "a day that short months lack",
    `jobs:\n${jobs("a", "0 0 31 * *")}`,
    ["warning 2:31 schedule/irregular-days"],
  ],
  [
    "timeout beyond the interval",
    'jobs:\n  a: {command: [x], schedule: {every: 5m}, timeout: 6m}\n  b: {command: [x], schedule: "0 * * * *", timeout: 61m}\n',
    [
      "warning 2:53 schedule/timeout-beyond-interval",
      "warning 3:53 schedule/timeout-beyond-interval",
    ],
  ],
  [
    "default timeout beyond the interval of some",
    `defaults: {timeout: 2h}\njobs:\n${jobs("a", "*/5 * * * *")}${jobs("b", "@daily")}`,
    ["warning 1:21 schedule/timeout-beyond-interval"],
  ],
  [
    "same minute of a day that all of them have",
    `jobs:\n${jobs("a b c", "0 2 * * *")}${jobs("d", "0 2 1 * *")}${jobs("e", "0 0 2 * * 1")}`,
    ["warning 2:31 schedule/same-minute"],
  ],
  [
    "same minute of days that never meet",
    `jobs:\n${["MON", "TUE", "WED", "THU", "FRI"].map((day, index) => jobs(`j${index}`, `0 2 * * ${day}`)).join("")}`,
    [],
  ],
  [
    "same minute of days that meet by twos only",
    `jobs:\n${jobs("all", "0 2 * * *")}${["1", "2", "3", "4"].map((day) => jobs(`j${day}`, `0 2 * * ${day}`)).join("")}`,
    [],
  ],
  [
    "same minute of the last day of the month",
    `jobs:\n${jobs("a b c", "0 2 L * *")}${jobs("d e", "0 2 31 * *")}`,
    [
      "warning 2:31 schedule/same-minute",
      "warning 5:31 schedule/irregular-days",
      "warning 6:31 schedule/irregular-days",
    ],
  ],
  [
    "same minute of the last day of the month, and of others",
    `jobs:\n${jobs("a b c", "0 2 L * *")}${jobs("d e", "0 2 1-27 * *")}`,
    [],
  ],
  [
    "command that is a text",
    "jobs:\n  a: {command: pg_dump app}\n",
    ["warning 2:16 command/shell-string"],
  ],
  [
    "a hook is held to what a job's own command and request are",
    `defaults:
  on_failure: {command: mail root}
jobs:
  a: {command: [x], on_failure: {command: [mail, --password=hunter2]}}
  b:
    command: [x]
    on_failure:
      http:
        url: https://user:hunter2@alerts.example/
        headers: {Authorization: Bearer abcdefghijklmnop, Idempotency-Key: x}
  c: {command: [x], on_failure: {http: {url: nowhere, method: GET, body: text}}}
  d: {command: [x], on_failure: {http: {url: {env: ALERT_URL}, body: text}}}
`,
    [
      "warning 2:25 command/shell-string",
      "warning 4:50 security/literal-credential",
      "warning 9:14 security/literal-credential",
      "warning 10:34 security/literal-credential",
      "10:59 config/http",
      "11:46 config/address",
      "11:68 config/http",
    ],
  ],
  [
    "credentials wherever they are",
    `jobs:
  a:
    description: use ghp_0123456789abcdefghij
    command: [mysql, --password=hunter2, --token, abc, "-H", "X-Api-Key: abc"]
    env: {A: "postgres://u:pw@h", DB_PASS: x}
  b:
    http: {method: POST, url: "https://h/x?token=abc", body: AKIA0123456789ABCDEF, headers: {Authorization: x}}
  p:
    parameters: {list: [{secret: x}], text: sk_live_0123456789abcdef}
`,
    [
      "warning 3:18 security/literal-credential",
      "warning 4:22 security/literal-credential",
      "warning 4:51 security/literal-credential",
      "warning 4:62 security/literal-credential",
      "warning 5:14 security/literal-credential",
      "warning 5:44 security/literal-credential",
      "warning 7:31 security/literal-credential",
      "warning 7:62 security/literal-credential",
      "warning 7:109 security/literal-credential",
      "warning 9:34 security/literal-credential",
      "warning 9:45 security/literal-credential",
    ],
  ],
  // What looks like it and is none.
  [
    "wildcard for the whole day",
    `timezone: Europe/London\njobs:\n${jobs("a", "*/15 */2 * * *")}`,
    [],
  ],
  ["fixed time in the gap", `timezone: Europe/London\njobs:\n${jobs("a", "15,45 1 * * *")}`, []],
  ["days to the end of the month", `jobs:\n${jobs("a", "0 0 25-31 * *")}`, []],
  ["months that all have the day", `jobs:\n${jobs("a", "0 0 31 1,3,5 *")}`, []],
  [
    "built-in default, no timeout, one as long as the interval",
    "jobs:\n  a: {command: [x], schedule: {every: 10s}}\n  b: {command: [x], schedule: {every: 10s}, timeout: none}\n  c: {command: [x], schedule: {every: 10s}, timeout: 10s}\n",
    [],
  ],
  [
    "four jobs, one that is disabled, others at other times",
    `jobs:\n${jobs("a b c d", "0 2 * * *")}  e: {command: [x], schedule: "0 2 * * *", enabled: false}\n  f: {command: [x], schedule: {cron: "0 2 * * *", timezone: Europe/London}}\n${jobs("g", "1 2 * * *")}`,
    [],
  ],
  ["every minute, where no other minute is", `jobs:\n${jobs("a b c d e", "* * * * *")}`, []],
  [
    "what stands for a credential",
    'jobs:\n  a: {command: [x, --password-file, /run/pw, --token, $TOKEN, "--secret=${X}", --no-password, app], env: {TOKEN_FILE: ./t, TOKEN: {env: TOKEN}}}\n',
    [],
  ],
];

testCorpus(CORPUS);

function only(text: string, rule: string): { message: string; help: string | null } {
  const found = check(text).filter((diagnostic) => diagnostic.rule === rule);
  assert.equal(found.length, 1, text);
  const { message = "", help = null } = found[0] ?? {};
  return { message, help };
}

test("dates are named, with the rewrite that has none", () => {
  const text = `timezone: Europe/London\njobs:\n${jobs("a", "*/15 1 * * *")}`;
  assert.deepEqual(only(text, "schedule/irregular-days"), {
    message:
      "in Europe/London it is due twice at each time on Sun 2026-10-25, when the clocks go back from 02:00 to 01:00; not due on Sun 2027-03-28, when the clocks go from 01:00 to 02:00",
    help: "add `dst: {gap: run_after, fold: once}` for one run, or `dst: {gap: skip, fold: twice}` if it is meant so",
  });
});

test("jobs of one minute are named, with a minute that is free", () => {
  const text = `jobs:\n${jobs("a b c d e f g", "@daily")}${jobs("h", "17 0 * * *")}`;
  assert.deepEqual(only(text, "schedule/same-minute"), {
    message: "7 jobs are due at the same minute: `a`, `b`, `c`, `d`, `e` and 2 more",
    help: "give them different minutes: `b` could have `34 0 * * *`, when no job is due",
  });
  const steps = `jobs:\n${jobs("a b c d e", "*/10 * * * *")}`;
  assert.match(only(steps, "schedule/same-minute").help ?? "", /`3-59\/10 \* \* \* \*`/);
  const seconds = `jobs:\n${jobs("a b c d e", "30 0 5 * * 1")}`;
  assert.match(only(seconds, "schedule/same-minute").help ?? "", /`30 17 5 \* \* 1`/);
});

test("jobs that never meet are not counted, neither among those due nor where a place is free", () => {
  const mondays = jobs("a b c d e", "0 2 * * 1");
  const others = `${jobs("f g", "0 2 * * 2")}${jobs("h", "17 2 * * 2")}`;
  assert.deepEqual(only(`jobs:\n${mondays}${others}`, "schedule/same-minute"), {
    message: "5 jobs are due at the same minute: `a`, `b`, `c`, `d` and `e`",
    help: "give them different minutes: `b` could have `17 2 * * 1`, when no job is due",
  });
  const taken = jobs("i", "17 2 1 * *");
  assert.match(
    only(`jobs:\n${mondays}${taken}`, "schedule/same-minute").help ?? "",
    /`34 2 \* \* 1`/,
  );
});

test("jobs of one minute on two days are two findings", () => {
  const text = `jobs:\n${jobs("a b c d e", "0 2 * * 1")}${jobs("f g h i j k", "0 2 * * 2")}`;
  const found = check(text).map(({ message }) => message.slice(0, 44));
  assert.deepEqual(found, [
    "5 jobs are due at the same minute: `a`, `b`,",
    "6 jobs are due at the same minute: `f`, `g`,",
  ]);
});

test("where every minute is taken about as much, nobody is told to move", () => {
  const names = (minute: number): string =>
    Array.from({ length: 5 }, (_, index) => `j${minute}-${index}`).join(" ");
  const minutes = Array.from({ length: 60 }, (_, minute) => minute);
  const text = `jobs:\n${minutes.map((minute) => jobs(names(minute), `${minute} 3 * * *`)).join("")}`;
  assert.deepEqual(check(text), []);
});

test("a shell string says what the shell does, and how to do without", () => {
  const say = (command: string): { message: string; help: string | null } =>
    only(`jobs:\n  a: {command: ${JSON.stringify(command)}}\n`, "command/shell-string");
  assert.deepEqual(say("pg_dump -Fc 'my app' 5"), {
    message: "a shell runs this text, and nothing in it needs one",
    help: 'write `command: [pg_dump, -Fc, "my app", "5"]`',
  });
  assert.deepEqual(say("pg_dump app | gzip > x"), {
    message:
      "the exit code of a pipe is that of its last program: a failing `pg_dump` counts as success",
    help: 'put it in a script, or write `command: [bash, -c, "set -o pipefail; pg_dump app | gzip > x"]`; `rules: {command/shell-string: off}` allows texts',
  });
  assert.deepEqual(say("make all && make clean"), {
    message: "a shell runs this text, and acts on `&&` in it",
    help: 'if that is wanted, say so: `command: [sh, -c, "make all && make clean"]`; `rules: {command/shell-string: off}` allows texts',
  });
});

test("no message repeats a credential", () => {
  const text = `jobs:\n  a: {command: "PGPASSWORD=hunter2 pg_dump --token 'hunter2' postgres://u:hunter2@h | gzip"}\n`;
  const found = check(text);
  assert.deepEqual(summary(found), [
    "warning 2:16 command/shell-string",
    "warning 2:16 security/literal-credential",
  ]);
  assert.doesNotMatch(JSON.stringify(found), /hunter2/);
  assert.match(found[0]?.message ?? "", /a failing `pg_dump` counts as success/);
  const plain = "jobs:\n  a: {command: x --password=hunter2}\n";
  assert.equal(only(plain, "command/shell-string").help, 'write `command: [x, "--password=…"]`');
});

test("what the code declares is shown at the job", () => {
  const declared = { name: null, description: null, schedule: "0 0 31 * *", enabled: null };
  const [found] = check("jobs:\n  p: {}\n", { plugins: [plugin("p", { declared })] });
  assert.equal(`${found?.line}:${found?.column} ${found?.rule}`, "2:3 schedule/irregular-days");
  assert.match(found?.message ?? "", /^the schedule that its code declares: it is not due in Feb/);
});
