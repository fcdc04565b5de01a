import { parameterMistake } from "../model/builtin-parameters.ts";
import { BUILTINS, type BuiltinName } from "../model/builtins.ts";
import type { Job } from "../model/config.generated.ts";
import type { JobView } from "./context.ts";
import type { Handler } from "./handler.ts";
import { errorAt, type PathFinding } from "./place.ts";
import { didYouMean } from "./suggest.ts";
import { shown } from "./words.ts";

/** Keys that a kind of job cannot use: nothing is accepted and ignored. */
export function checkUse(view: JobView): PathFinding[] {
  const { handler, job, path } = view;
  if (handler === null) return [];
  const findings = UNUSABLE[handler.type]
    .filter((key) => job[key] !== undefined)
    .map((key) =>
      errorAt([...path, key], {
        rule: "config/unusable",
        message: `${KINDS[handler.type]} cannot use \`${key}\``,
        help: key === "database" && handler.type === "plugin" ? GRANT_HELP : "remove the key",
        part: "key",
      }),
    );
  const builtin = handler.type === "builtin" ? handler.builtin : null;
  return [...findings, ...checkShorthands(view, builtin), ...checkParameters(view, builtin)];
}

const KINDS: Record<Handler["type"], string> = {
  plugin: "a plugin job",
  command: "a command",
  http: "an http job",
  builtin: "a built-in",
};

const GRANT_HELP = "write `permissions: {database: […]}`, and `ctx.database(name)` in its code";

const UNUSABLE: Record<Handler["type"], (keyof Job)[]> = {
  plugin: ["enforce", "database"],
  command: ["parameters", "enforce", "database"],
  http: ["parameters", "permissions", "env", "cwd", "memory", "grace", "enforce", "database"],
  builtin: ["permissions", "env", "cwd", "memory", "grace", "output"],
};

/** `retention_hours` and `retention_days` beside the schedule, as the built-ins alone take them. */
export const SHORTHANDS = ["retention_hours", "retention_days"] as const;

function checkShorthands({ job, path }: JobView, builtin: BuiltinName | null): PathFinding[] {
  const known = builtin === null ? {} : BUILTINS[builtin].parameters;
  const findings: PathFinding[] = [];
  for (const key of SHORTHANDS) {
    if (job[key] === undefined) continue;
    if (!(key in known)) {
      const message = `\`${key}\` is a parameter of ${ownersOf(key)} only`;
      const help = "give values to other jobs under `parameters`";
      findings.push(
        errorAt([...path, key], { rule: "config/unusable", message, help, part: "key" }),
      );
    } else if (job.parameters?.[key] !== undefined) {
      const message = `\`${key}\` is given twice: here and under \`parameters\``;
      findings.push(errorAt([...path, key], { rule: "config/one-of", message, part: "key" }));
    }
  }
  return findings;
}

function ownersOf(key: string): string {
  const owners = Object.entries(BUILTINS).filter(([, { parameters }]) => key in parameters);
  const names = owners.map(([name]) => `\`${name}\``).join(" and ");
  return `the ${owners.length === 1 ? "built-in" : "built-ins"} ${names}`;
}

function checkParameters({ job, path }: JobView, builtin: BuiltinName | null): PathFinding[] {
  if (builtin === null) return [];
  const known = BUILTINS[builtin].parameters;
  const findings: PathFinding[] = [];
  for (const [name, value] of Object.entries(job.parameters ?? {})) {
    const at = [...path, "parameters", name];
    const parameter = Object.hasOwn(known, name) ? known[name] : undefined;
    if (parameter === undefined) {
      const message = `\`${builtin}\` has no parameter \`${name}\``;
      const help = didYouMean(name, Object.keys(known), "it has");
      findings.push(errorAt(at, { rule: "config/unknown-key", message, help, part: "key" }));
      continue;
    }
    const mistake = parameterMistake(value, parameter);
    if (mistake === null) continue;
    const message = `\`${name}\` ${mistake}, not ${shown(value)}`;
    findings.push(errorAt(at, { rule: "config/range", message }));
  }
  return findings;
}
