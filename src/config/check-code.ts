import { BUILTINS, type BuiltinName } from "../model/builtins.ts";
import type { Job } from "../model/config.generated.ts";
import { jobKey } from "../model/job.ts";
import type { JsonValue } from "../model/json.ts";
import type { JobView, World } from "./context.ts";
import { handlerNames, type Handler } from "./handler.ts";
import { errorAt, type PathFinding } from "./place.ts";
import { closest, didYouMean } from "./suggest.ts";
import { shown } from "./words.ts";

/** Whether what the job runs is there: its plugin file, the export, or a built-in of its name. */
export function checkCode(view: JobView): PathFinding[] {
  const { handler, name, path, world } = view;
  if (handler === null) {
    if (world.outside.has(name)) return [leadsOutside(name, { path, part: "key" })];
    const finding = errorAt(path, {
      rule: "plugin/not-found",
      message: `\`${name}\` has nothing to run: no plugin file and no built-in has this name`,
      help: missingHelp(name, { world, candidates: handlerNames(world.pluginNames) }),
      part: "key",
    });
    return [finding];
  }
  return handler.type === "plugin" ? checkPlugin(view, handler) : [];
}

function checkPlugin(view: JobView, handler: Extract<Handler, { type: "plugin" }>): PathFinding[] {
  const { facts, path, job, world } = view;
  const { plugin } = handler;
  const named = job.plugin !== undefined;
  const at = named ? [...path, "plugin"] : path;
  const part = named ? "value" : "key";
  if (world.outside.has(plugin)) return [leadsOutside(plugin, { path: at, part })];
  if (facts === null || facts.file === null) {
    const message = `there is no plugin file \`${plugin}\``;
    const help = missingHelp(plugin, { world, candidates: world.pluginNames });
    return [errorAt(at, { rule: "plugin/not-found", message, help, part })];
  }
  // A file that does not parse has its own diagnostics, and no exports to look at.
  if (facts.diagnostics.some(({ severity }) => severity === "error")) return [];
  const exportName = handler.export ?? "default";
  if (!facts.exports.includes(exportName) && !facts.exports.includes("*")) {
    const message = `\`${plugin}\` has no export \`${exportName}\``;
    const found = facts.exports.filter((name) => name !== "default");
    const help =
      exportName === "default" && found.length > 0
        ? `export the job as default, or write plugin: ${plugin}#${found[0]}`
        : didYouMean(exportName, facts.exports, "it exports");
    return [errorAt(at, { rule: "plugin/export", message, help, part })];
  }
  return checkDeclaredName(view, { plugin, exportName, at: { path: at, part } });
}

function missingHelp(
  plugin: string,
  { world, candidates }: { world: World; candidates: readonly string[] },
): string {
  const near = closest(plugin, candidates);
  if (near !== null) return `did you mean \`${near}\`?`;
  return `write ${world.pluginDirectory}/${plugin}.ts (or .js), or give the job a command or http`;
}

function leadsOutside(plugin: string, at: Pick<PathFinding, "path" | "part">): PathFinding {
  return errorAt(at.path, {
    rule: "plugin/outside",
    message: `the plugin file \`${plugin}\` is a link that leads out of the plugin directory`,
    help: "put a copy of the file in its place",
    part: at.part,
  });
}

function checkDeclaredName(
  { declared }: JobView,
  given: { plugin: string; exportName: string; at: Pick<PathFinding, "path" | "part"> },
): PathFinding[] {
  const { plugin, exportName, at } = given;
  const accepted = [plugin, plugin.split("/").at(-1) ?? plugin];
  if (exportName !== "default") accepted.push(exportName);
  if (declared.name === null || accepted.some((name) => same(name, declared.name ?? ""))) return [];
  const message = `the code in \`${plugin}\` calls itself \`${declared.name}\``;
  const help = `let its name be \`${accepted.at(-1)}\`, or rename the file`;
  return [errorAt(at.path, { rule: "plugin/name", message, help, part: at.part })];
}

function same(a: string, b: string): boolean {
  return jobKey(a) === jobKey(b);
}

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
        help: "remove the key",
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

const UNUSABLE: Record<Handler["type"], (keyof Job)[]> = {
  plugin: [],
  command: ["parameters"],
  http: ["parameters", "permissions", "env", "cwd", "memory", "grace"],
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
      const owner = Object.entries(BUILTINS).find(([, facts]) => key in facts.parameters)?.[0];
      const message = `\`${key}\` is a parameter of the built-in \`${owner}\` only`;
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
    } else if (!isWithin(value, parameter)) {
      const { minimum, maximum } = parameter;
      const message = `\`${name}\` must be a whole number from ${minimum} to ${maximum}, not ${shown(value)}`;
      findings.push(errorAt(at, { rule: "config/range", message }));
    }
  }
  return findings;
}

function isWithin(
  value: JsonValue,
  { minimum, maximum }: { minimum: number; maximum: number },
): boolean {
  return (
    typeof value === "number" && Number.isInteger(value) && value >= minimum && value <= maximum
  );
}
