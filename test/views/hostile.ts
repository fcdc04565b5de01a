import type { Diagnostic } from "../../src/model/diagnostic.ts";
import type { Change } from "../../src/plan/change.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { makePlan } from "../../src/plan/plan.ts";
import type { DocumentReporter, ReportOptions } from "../../src/views/report-subject.ts";
import { desired, NOW_MS, observed, registered, spec } from "../plan/jobs.ts";

/** What somebody may write into a file so that it acts where it is shown. */
export const ATTACKS: readonly string[] = [
  "::add-mask::x",
  " \u00A0::error file=a::b",
  "##[group]x",
  "##vso[task.setvariable variable=a]b",
  "<img src=x onerror=alert(1)>",
  "</details></code><script>alert(1)</script>",
  "-->",
  "` `` ``` ````",
  "a | b \\| c \\\\| d",
  "@everyone @org/team",
  "#1 GH-1 org/repo#1",
  "[text](https://evil.example) ![image](https://evil.example/x.png)",
  "https://evil.example www.evil.example",
  "**bold** _it_ ~~x~~ $x^2$ :smile:",
  "\u001B[31mred\u001B]8;;https://evil.example\u0007link",
  "\u202Eright to left\u2066\u200B",
  "one\r\n::set-output name=x::y\n### heading\n- + !",
  "%0A::error::x%0D",
  "\uD800 half",
];

/** All of them in one text. */
export const HOSTILE: string = ATTACKS.join(" ");

/** What a build server would obey: the new form at the start of a line, the old one anywhere. */
export function commandsOf(text: string): string[] {
  return text
    .split(/\r\n|\r|\n/)
    .filter((line) => /^[\s\u0085\u180E\u200B\uFEFF]*::/.test(line) || /##\[|##vso\[/i.test(line));
}

/** A plan in which every text that is not bound by the schema is hostile. */
export function hostilePlan(): Plan {
  const before = spec("sync", { permissions: { ...spec("x").permissions, read: [HOSTILE] } });
  const after = spec("sync", {
    description: HOSTILE,
    parameters: Object.fromEntries(ATTACKS.map((attack) => [attack, attack])),
    permissions: { ...spec("x").permissions, read: [...ATTACKS], net: true },
    schedule: { type: "cron", expression: "30 3 * * 1-5", timezone: "Europe/Paris" },
  });
  const made = makePlan(
    desired(
      after,
      spec("backup", { run: { type: "command", command: [...ATTACKS] }, description: HOSTILE }),
    ),
    observed(
      registered(before, { codeSha256: "91ac03e0".repeat(8), running: 1 }),
      registered(spec("gone", { run: { type: "command", command: HOSTILE } })),
    ),
    { nowMs: NOW_MS, codes: new Map([["sync", "5d20f71f".repeat(8)]]), allowPrune: false },
  );
  return {
    ...made,
    sides: {
      from: { name: HOSTILE, commit: "0123456789abcdef0123456789abcdef01234567", note: HOSTILE },
      to: { name: "working tree", commit: null, note: null },
    },
    changes: made.changes.map(withHostileFiles),
    drift: [
      {
        name: "sync",
        fileEnabled: true,
        overrideEnabled: false,
        by: HOSTILE,
        reason: HOSTILE,
        at: "2026-11-20T10:00:00.000Z",
        settled: false,
      },
    ],
    paused: [{ name: "sync", at: "2026-11-20T10:00:00.000Z", reason: HOSTILE, resumes: false }],
    refusal: { message: HOSTILE, help: HOSTILE },
  };
}

export const HOSTILE_FILE = "a\n::error::b,c:d%e/<b>`|x.yaml";

/** An error on one line, and a warning over two. */
export const HOSTILE_DIAGNOSTICS: readonly Diagnostic[] = [
  {
    severity: "error",
    rule: "config/unknown-key",
    message: HOSTILE,
    help: HOSTILE,
    file: HOSTILE_FILE,
    line: 2,
    column: 3,
    endLine: 2,
    endColumn: 9,
  },
  {
    severity: "warning",
    rule: "schedule/both-days",
    message: HOSTILE,
    help: null,
    file: HOSTILE_FILE,
    line: 1,
    column: 1,
    endLine: 2,
    endColumn: 9,
  },
];

export function hostileOptions(
  reporter: DocumentReporter,
  diagnostics: readonly Diagnostic[] = HOSTILE_DIAGNOSTICS,
): ReportOptions {
  return {
    reporter,
    diagnostics,
    sources: new Map([[HOSTILE_FILE, `jobs:\n  ${HOSTILE}\n::error::x\n`]]),
    file: HOSTILE_FILE,
    pathOf: (file) => file,
  };
}

function withHostileFiles(change: Change): Change {
  const place = change.place === null ? null : { ...change.place, file: HOSTILE_FILE };
  const code =
    change.code === null
      ? null
      : { ...change.code, files: ATTACKS.map((file) => ({ file, added: 1, removed: 2 })) };
  return { ...change, place, code };
}
