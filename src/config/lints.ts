import type { LintLevel, Rules } from "../model/config.generated.ts";
import type { Diagnostic } from "../model/diagnostic.ts";

/** The name of a rule whose level the file can set under `rules`. */
export type LintName = keyof Rules;

export interface Lint {
  /** What holds where the file is silent. */
  level: LintLevel;
  /** What a finding means, in one sentence. */
  description: string;
}

/**
 * All that is allowed and rarely meant. What is a mistake in any case is no lint: its rule has no
 * level, because a file with it has no meaning that could be applied.
 */
export const LINTS: Record<LintName, Lint> = {
  "schedule/both-days": {
    level: "warn",
    description:
      "The day of the month and the day of the week are both given: the job is due on days that match either.",
  },
  "schedule/past": {
    level: "warn",
    description: "The only time of the job is past.",
  },
  "schedule/irregular-days": {
    level: "warn",
    description:
      "On some dates of the year the job is not due, or due twice, though it is due on such days otherwise.",
  },
  "schedule/timeout-beyond-interval": {
    level: "warn",
    description: "The timeout is longer than the time to the next run, which is then skipped.",
  },
  "schedule/spread-beyond-interval": {
    level: "warn",
    description:
      "The spread is longer than the time to the next run, beyond which no start is moved.",
  },
  "schedule/same-minute": {
    level: "warn",
    description: "Five or more jobs are due at the same minute and load the node at once.",
  },
  "command/shell-string": {
    level: "warn",
    description:
      "The command is a text, which a shell expands, and of which it reports only the last exit code.",
  },
  "command/missing-script": {
    level: "warn",
    description: "The script that tells of failures does not exist.",
  },
  "security/literal-credential": {
    level: "warn",
    description:
      "A credential is written into the file, where everybody who can read the repository can read it.",
  },
  "plugin/not-literal": {
    level: "warn",
    description:
      "The code says something of the job in a form that cannot be read without running it.",
  },
  "job/unreachable-retry": {
    level: "warn",
    description: "The deadline of a run is over before it could be tried again.",
  },
  "job/description": {
    level: "off",
    description: "The job says nowhere what it is for.",
  },
};

/**
 * Findings with the severities that `rules` asks for, without those of rules that are off. All
 * findings pass here, so that no check decides for itself how grave its lint is.
 */
export function applyLevels<T extends Pick<Diagnostic, "rule" | "severity">>(
  findings: readonly T[],
  rules: Rules | undefined,
): T[] {
  return findings.flatMap((finding) => {
    if (!isLint(finding.rule)) return [finding];
    const level = rules?.[finding.rule] ?? LINTS[finding.rule].level;
    if (level === "off") return [];
    return [
      { ...finding, severity: level === "error" ? ("error" as const) : ("warning" as const) },
    ];
  });
}

export function isLint(rule: string): rule is LintName {
  return Object.hasOwn(LINTS, rule);
}
