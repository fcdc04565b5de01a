import type { JobSpec } from "../model/job.ts";
import type { CodeTexts } from "./code-files.ts";

/**
 * Whether a job starts a program of the project that may load more of it than a comparison reads: a
 * script has imports, and a runner looks up what to do in files that the command does not name.
 */
export function loadsFurther({ name, run, onFailure }: JobSpec, named: CodeTexts): boolean {
  return [run, onFailure].some((started) => {
    if (started?.type !== "command") return false;
    const { command } = started;
    const text = typeof command === "string" ? command : command.join(" ");
    return named.has(name) || RUNNERS.test(text);
  });
}

const RUNNERS = /(?:^|[\s/;&|(])(?:npm|npx|pnpm|yarn|bun|make|just|rake|python[\d.]*\s+-m)(?:\s|$)/;
