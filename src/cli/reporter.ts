import { existsSync, realpathSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { closest } from "../config/suggest.ts";
import { SchedulerError } from "../model/errors.ts";
import { pathBelow } from "../model/file-tree.ts";
import { checkoutAbove } from "../source/upward.ts";
import type { DocumentReporter, ReportOptions } from "../views/report-subject.ts";

/** The forms in which `check` and `plan` say what they found. */
export const REPORTERS = ["human", "json", "github", "sarif", "markdown"] as const;

export type Reporter = (typeof REPORTERS)[number];

/** The reporter of that name, for the command line. */
export function reporterOf(text: string): Reporter {
  const known = REPORTERS.find((reporter) => reporter === text);
  if (known !== undefined) return known;
  const near = closest(text, REPORTERS);
  const hint = near === null ? "" : `\n(Did you mean ${near}?)`;
  throw new InvalidArgumentError(`Allowed choices are ${REPORTERS.join(", ")}.${hint}`);
}

/**
 * The reporter that writes a document, or null for the two that are every command's own: `json`,
 * which is the same as `--json`, and `human`.
 *
 * @throws SchedulerError `usage` when `--json` is given with another reporter.
 */
export function documentReporter(
  reporter: Reporter | undefined,
  { json }: { json: boolean },
): DocumentReporter | null {
  if (reporter === undefined || reporter === "json") return null;
  if (json) {
    throw new SchedulerError(
      "usage",
      `--json and --reporter ${reporter} ask for different things`,
      {
        help: "give one of them",
      },
    );
  }
  return reporter === "human" ? null : reporter;
}

/** What a document is made of, with the files named as the host of the repository knows them. */
export function reportOptions(found: Omit<ReportOptions, "pathOf">): ReportOptions {
  return { ...found, pathOf: repositoryPath({ cwd: process.cwd(), env: process.env }) };
}

/**
 * How files are named to the host of the repository: relative to its root, with `/`. The root is
 * `GITHUB_WORKSPACE`, else the checkout, else the working directory; a file that is not below it
 * keeps its absolute path.
 */
function repositoryPath(options: {
  cwd: string;
  env: NodeJS.ProcessEnv;
}): (file: string) => string {
  const cwd = real(options.cwd);
  const workspace = options.env["GITHUB_WORKSPACE"];
  const roots = [...(workspace ? [real(resolve(cwd, workspace))] : []), checkoutAbove(cwd) ?? cwd];
  return (file) => {
    const path = resolve(cwd, file);
    const below = roots.map((root) => pathBelow(root, path));
    return below.find((found) => found !== null && found !== "") ?? path;
  };
}

/** Two ways to one folder must not make its files look foreign. */
function real(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder;
}
