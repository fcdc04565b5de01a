import { BUILTINS, findBuiltin } from "../model/builtins.ts";
import type { Job } from "../model/config.generated.ts";
import { jobKey, type JobRun } from "../model/job.ts";

/** What a job runs, before it is known whether its code exists. Null: neither a plugin nor a built-in. */
export type Handler =
  | { type: "plugin"; plugin: string; export: string | null }
  | Exclude<JobRun, { type: "plugin" } | { type: "http" }>
  | { type: "http"; http: NonNullable<Job["http"]> };

/**
 * What the job `name` runs. A job that says nothing runs the built-in or the plugin of its own
 * name, `-` and `_` being the same; `available` are the names of plugin files.
 */
export function handlerOf(name: string, job: Job, available: readonly string[]): Handler | null {
  if (job.command !== undefined) return { type: "command", command: job.command };
  if (job.http !== undefined) return { type: "http", http: job.http };
  if (job.plugin !== undefined) return pluginHandler(job.plugin);
  const builtin = findBuiltin(name);
  if (builtin !== null) return { type: "builtin", builtin };
  const plugin = available.includes(name)
    ? name
    : available.find((candidate) => jobKey(candidate) === jobKey(name));
  return plugin === undefined ? null : { type: "plugin", plugin, export: null };
}

/** Names that a job without a handler could have been meant to have. */
export function handlerNames(available: readonly string[]): string[] {
  return [...Object.keys(BUILTINS), ...available];
}

function pluginHandler(text: string): Handler {
  const [plugin = text, exportName] = text.split("#");
  return { type: "plugin", plugin, export: exportName ?? null };
}
