import { CREDENTIAL_RULE } from "../../config/check-credentials.ts";
import type { GitState } from "../../execute/git.ts";
import type { Diagnostic } from "../../model/diagnostic.ts";
import type { DoctorFinding } from "../../views/doctor.ts";
import { findingsOf, someOf } from "./finding.ts";

const { ok, hint, wrong } = findingsOf("config");

/** What is known of a config file that was found. */
export interface ConfigFacts {
  /** As messages name it. */
  file: string;
  jobs: number | null;
  diagnostics: readonly Diagnostic[];
  /** Null: outside of a checkout, or of a repository without a commit. */
  git: GitState | null;
  /** Users of the machine beside its owner and its group may read it. */
  readableByAll: boolean;
  /** What is looked up and is not there, in words. */
  unresolved: readonly string[];
}

export function checkConfig(facts: ConfigFacts): DoctorFinding[] {
  return [
    checkValid(facts),
    checkGit(facts),
    ...checkLiteralCredentials(facts),
    checkLookups(facts),
  ];
}

export function checkValid({ file, jobs, diagnostics }: ConfigFacts): DoctorFinding {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  if (errors > 0) {
    const message = `${file} has ${counted(errors, "error")}: the last good schedule goes on`;
    return wrong("config-valid", message, "cronverge check shows them with their places");
  }
  if (warnings > 0) {
    const message = `${file} is valid, with ${counted(warnings, "warning")}`;
    return hint("config-valid", message, "cronverge check shows them with their places");
  }
  return ok("config-valid", `${file} is valid: ${counted(jobs ?? 0, "job")}`);
}

export function checkGit({ file, git }: ConfigFacts): DoctorFinding {
  if (git === null) {
    const message = `${file} is in no git repository with a commit`;
    const help = "git init, and commit it: what is in force is then known by its commit";
    return hint("config-git", message, help);
  }
  if (git.dirty) {
    const message = `${file}, or code that it names, is not as the last commit has it`;
    return hint("config-git", message, "commit it, so that others can see what is in force");
  }
  return ok("config-git", `committed as ${git.commit.slice(0, 7)}`);
}

export function checkLiteralCredentials({
  file,
  diagnostics,
  readableByAll,
}: ConfigFacts): DoctorFinding[] {
  const found = diagnostics.filter(({ rule }) => rule === CREDENTIAL_RULE);
  if (found.length === 0) return [];
  const places = someOf(found.map(({ file: at, line }) => `${at}:${line}`));
  const help = "write {env: NAME} or {file: PATH} in its place, and change the credential";
  if (!readableByAll)
    return [hint("config-credentials", `a credential is written at ${places}`, help)];
  const message = `a credential is written at ${places}, and every user of this machine can read ${file}`;
  return [wrong("config-credentials", message, `chmod o-r ${file}; ${help}`)];
}

export function checkLookups({ unresolved }: ConfigFacts): DoctorFinding {
  if (unresolved.length === 0) return ok("config-lookups", "all that it looks up is there");
  return hint(
    "config-lookups",
    `not there for whoever typed this: ${someOf(unresolved)}`,
    "set them where cronverge up runs, whose environment may be another than that of this shell",
  );
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
