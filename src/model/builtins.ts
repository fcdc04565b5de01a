import type { JsonValue } from "./json.ts";

/** The maintenance jobs that come with Cronverge; their code is in `src/builtin/`. */
export type BuiltinName = "cleanup-sessions" | "log-cleanup";

/** One whole-number parameter of a built-in, as the config file may write it beside the schedule. */
export interface BuiltinParameter {
  description: string;
  default: number;
  minimum: number;
  maximum: number;
}

/** What is known of a built-in without its code. */
export interface BuiltinFacts {
  description: string;
  /** Used by a job declared as `name: {}`. */
  defaultSchedule: string;
  parameters: Record<string, BuiltinParameter>;
}

/** What the pure rooms know of each built-in. */
export const BUILTINS: Record<BuiltinName, BuiltinFacts> = {
  "cleanup-sessions": {
    description: "Closes user sessions that have been inactive for longer than retention_hours",
    defaultSchedule: "0 2 * * *",
    parameters: {
      retention_hours: {
        description: "Hours without activity after which a session is closed",
        default: 24,
        minimum: 1,
        maximum: 87_600,
      },
    },
  },
  "log-cleanup": {
    description: "Deletes log entries older than retention_days",
    defaultSchedule: "0 3 * * 0",
    parameters: {
      retention_days: {
        description: "Age in days beyond which a log entry is deleted",
        default: 30,
        minimum: 1,
        maximum: 3_650,
      },
    },
  },
};

/** The built-in of that name, `-` and `_` being the same, or null. */
export function findBuiltin(name: string): BuiltinName | null {
  const dashed = name.replaceAll("_", "-");
  return Object.hasOwn(BUILTINS, dashed) ? (dashed as BuiltinName) : null;
}

/** The whole-number parameter `name`, or its default where the job does not set it. */
export function builtinParameter(
  builtin: BuiltinName,
  name: string,
  parameters: Record<string, JsonValue>,
): number {
  const parameter = BUILTINS[builtin].parameters[name];
  // No number may stand in for it: a retention of 0 would delete everything.
  if (parameter === undefined) throw new Error(`${builtin} has no parameter ${name}`);
  const value = parameters[name];
  return typeof value === "number" ? value : parameter.default;
}
