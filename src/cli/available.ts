import { DEFAULTS } from "../config/settings.ts";
import { parseSize } from "../config/size.ts";
import { BUILTINS, findBuiltin } from "../model/builtins.ts";
import type { BuiltinName } from "../model/builtins.ts";
import type { JobRun, JobSpec } from "../model/job.ts";
import { jobKey } from "../model/job.ts";
import { DEFAULT_POLICIES } from "../model/policy.ts";
import { parseDuration } from "../schedule/duration.ts";
import type { Session } from "./session.ts";

/** Whether `name` is code that no job declares, `-` and `_` being the same. */
export function isAvailable(session: Session, name: string): boolean {
  return findAvailable(session, name) !== null;
}

/** A job that runs available code by hand: with every default, no schedule and no permission. */
export function availableSpec(session: Session, name: string): JobSpec {
  const builtin = findBuiltin(name);
  const plugin = findAvailable(session, name) ?? name;
  return {
    name: builtin ?? plugin,
    description: builtin === null ? "" : BUILTINS[builtin].description,
    schedule: null,
    enabled: false,
    run: builtin === null ? { type: "plugin", plugin, export: null } : builtinRun(builtin),
    parameters: {},
    permissions: { net: false, run: false, read: [], write: [], env: [], database: [] },
    env: {},
    cwd: null,
    memoryBytes: parseSize(DEFAULTS.memory) ?? 0,
    timeoutMs: parseDuration(DEFAULTS.timeout),
    graceMs: parseDuration(DEFAULTS.grace) ?? 0,
    outputBytes: parseSize(DEFAULTS.output) ?? 0,
    tags: [],
    ...DEFAULT_POLICIES,
  };
}

function builtinRun(builtin: BuiltinName): JobRun {
  return { type: "builtin", builtin, enforce: BUILTINS[builtin].enforcesByDefault };
}

function findAvailable({ project }: Session, name: string): string | null {
  return project.loaded.available.find((other) => jobKey(other) === jobKey(name)) ?? null;
}
