import { jobKey } from "../model/job.ts";
import type { JobView, World } from "./context.ts";
import { handlerNames, type Handler } from "./handler.ts";
import { errorAt, type PathFinding } from "./place.ts";
import { closest, didYouMean } from "./suggest.ts";

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
