import { parameterMistake } from "../model/builtin-parameters.ts";
import { BUILTINS, type BuiltinName } from "../model/builtins.ts";
import { SchedulerError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import { isTexts } from "../model/json.ts";

/** The parameters of one run of a built-in: what it was given, and else the defaults. */
export interface Parameters {
  number(name: string): number;
  texts(name: string): readonly string[];
}

/**
 * Reads what a run was given. No default stands in for a value that is wrong: whoever asks for
 * another number than ours means something by it.
 *
 * @throws SchedulerError `usage` for an unknown parameter and for a value that is wrong.
 */
export function readParameters(builtin: BuiltinName, given: JsonObject): Parameters {
  const known = BUILTINS[builtin].parameters;
  for (const [name, value] of Object.entries(given)) {
    const parameter = Object.hasOwn(known, name) ? known[name] : undefined;
    const mistake = parameter === undefined ? "is unknown" : parameterMistake(value, parameter);
    if (mistake === null) continue;
    const has = `${builtin} has: ${Object.keys(known).join(", ")}`;
    const text = `invalid job parameter ${name}=${JSON.stringify(value)}: it ${mistake}`;
    throw new SchedulerError("usage", parameter === undefined ? `${text}; ${has}` : text);
  }
  const valueOf = (name: string): unknown => given[name] ?? known[name]?.default;
  return {
    number(name) {
      const value = valueOf(name);
      if (typeof value === "number") return value;
      throw new Error(`${builtin} has no number ${name}`);
    },
    texts(name) {
      const value = valueOf(name);
      if (isTexts(value)) return value;
      throw new Error(`${builtin} has no list ${name}`);
    },
  };
}
