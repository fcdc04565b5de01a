import { hash } from "node:crypto";
import { dirname, extname, join, resolve } from "node:path";
import type { JobView, World } from "../config/context.ts";
import { toDesired } from "../config/desired.ts";
import { handlerOf } from "../config/handler.ts";
import { limitFindings } from "../config/limit.ts";
import { applyLevels, isLint } from "../config/lints.ts";
import { checkMeaning } from "../config/meaning.ts";
import type { ParsedConfig } from "../config/parse.ts";
import { errorAt, type PathFinding } from "../config/place.ts";
import { DEFAULTS } from "../config/settings.ts";
import type { Shape } from "../config/shape.ts";
import { BUILTINS } from "../model/builtins.ts";
import type { SchedulerConfig } from "../model/config.generated.ts";
import { hasErrors, type Diagnostic } from "../model/diagnostic.ts";
import type { FileTree } from "../model/file-tree.ts";
import type { DesiredJob, DesiredState } from "../model/job.ts";
import type { PluginFacts } from "../model/plugin.ts";
import { findMissingScripts } from "./hook-scripts.ts";
import { inBatches } from "./in-batches.ts";
import type { KnownModule, PluginModules } from "./modules.ts";
import { diagnosticsOfCode, followImports } from "./plugin-code.ts";
import { listPlugins, loadPlugin, type KnownPlugin, type PluginListing } from "./plugins.ts";

/** What one reading hands to the next. Kept beside the result, for it is nobody else's matter. */
export interface Memory {
  blocks: ParsedConfig["blocks"];
  /** By plugin name. */
  plugins: Map<string, KnownPlugin>;
  jobs: Map<string, { view: JobView; desired: DesiredJob }>;
  /** Files that plugins import, by path. */
  modules: ReadonlyMap<string, KnownModule>;
}

/** What a file is read under. */
export interface Circumstances {
  tree: FileTree;
  /** Lints that the file makes errors only warn. */
  lenient: boolean;
  /** The real path of the folder that nothing may lead out of; null where all may be read. */
  confines: string | null;
  configFile: string;
  file: string;
  nowMs: number;
  known: Memory | undefined;
}

/** What is known of a config beyond its text and shape. */
export interface Understood {
  diagnostics: Diagnostic[];
  /** Null when there are errors. */
  desired: DesiredState | null;
  /** By plugin name; those that a job names. */
  plugins: ReadonlyMap<string, PluginFacts>;
  /** The files that each of them is made of, and the packages it imports. */
  code: ReadonlyMap<string, PluginModules>;
  /** Plugin names and built-ins that no job declares. */
  available: string[];
  /** Texts of the files that diagnostics point into, by the name they use. */
  sources: ReadonlyMap<string, string>;
}

/**
 * Looks up the code that a config names, checks what the config means, and makes the desired state
 * of one without errors. `memory` takes what the next reading can use.
 */
export async function understandConfig(
  { parsed, shape, memory }: { parsed: ParsedConfig; shape: Shape; memory: Memory },
  circumstances: Circumstances,
): Promise<Understood> {
  const { tree, configFile, file, nowMs, known, confines } = circumstances;
  const { config, findings, removed } = shape;
  const diagnostics = parsed.place(findings);
  const sources = new Map<string, string>();
  if (config === null) {
    const nothing = { plugins: new Map(), code: new Map(), available: [] };
    return { diagnostics, desired: null, ...nothing, sources };
  }
  const written = config.plugins ?? DEFAULTS.plugins;
  const pluginDir = resolve(dirname(configFile), written);
  const displayDirectory = join(dirname(file), written);
  const listing = await listPlugins(pluginDir, { displayDirectory, tree, confines });
  const pluginNames = [...listing.files.keys()];
  const used = usedNames(config, pluginNames);
  const read = await readPlugins(used.plugins, { tree, listing, displayDirectory, known });
  memory.plugins = read;
  for (const { text, displayName, facts } of read.values()) {
    diagnostics.push(...limitFindings(applyLevels(facts.diagnostics, config.rules)));
    if (facts.diagnostics.length > 0) sources.set(displayName, text);
  }
  const code = await followImports(read, { tree, pluginDir, displayDirectory, memory });
  diagnostics.push(...limitFindings(diagnosticsOfCode(code, sources)));
  const plugins = new Map([...read].map(([plugin, { facts }]) => [plugin, facts]));
  const world: World = {
    nowMs,
    pluginNames,
    pluginDirectory: displayDirectory,
    plugins,
    outside: listing.outside,
    missingScripts: await findMissingScripts(config, { configFile, tree }),
  };
  const meaning = [...checkDirectory(config, listing), ...checkMeaning(config, { world, removed })];
  diagnostics.push(...listing.diagnostics, ...parsed.place(limitFindings(meaning)));
  const all = [...Object.keys(BUILTINS), ...pluginNames];
  const shared = importedFiles(code);
  const available = all.filter(
    (name) =>
      !used.plugins.has(name) &&
      !used.builtins.has(name) &&
      !shared.has(listing.files.get(name) ?? ""),
  );
  if (circumstances.lenient) forgive(diagnostics);
  const faultless = !hasErrors(parsed.diagnostics) && !hasErrors(diagnostics);
  const desired = faultless
    ? desire(config, { parsed, world, pluginDir, memory }, circumstances)
    : null;
  return { diagnostics, desired, plugins, code, available, sources };
}

/**
 * What a lint finds may come with time: an instant that has passed was once to come. And whoever
 * leaves Plug'n'Play, which was once allowed, compares with a state that has it.
 */
function forgive(diagnostics: Diagnostic[]): void {
  for (const [index, diagnostic] of diagnostics.entries()) {
    if (isLint(diagnostic.rule) || diagnostic.rule === "plugin/pnp")
      diagnostics[index] = { ...diagnostic, severity: "warning" };
  }
}

/** A file that a plugin imports is a part of that job, and hardly one of its own. */
function importedFiles(code: ReadonlyMap<string, PluginModules>): Set<string> {
  return new Set(
    [...code.values()].flatMap(({ modules }) => modules.slice(1).map(({ path }) => path)),
  );
}

async function readPlugins(
  plugins: ReadonlySet<string>,
  given: {
    tree: FileTree;
    listing: PluginListing;
    displayDirectory: string;
    known: Memory | undefined;
  },
): Promise<Map<string, KnownPlugin>> {
  const { tree, listing, displayDirectory, known } = given;
  const files = [...plugins].flatMap((plugin) => {
    const file = listing.files.get(plugin);
    return file === undefined ? [] : [{ plugin, file }];
  });
  const read = await inBatches(files, async ({ plugin, file }) => {
    const displayName = join(displayDirectory, `${plugin}${extname(file)}`);
    const before = known?.plugins.get(plugin);
    return loadPlugin(plugin, { file, displayName, tree, known: before });
  });
  return new Map(read.map((loaded) => [loaded.facts.plugin, loaded]));
}

function usedNames(
  config: SchedulerConfig,
  pluginNames: readonly string[],
): { plugins: Set<string>; builtins: Set<string> } {
  const plugins = new Set<string>();
  const builtins = new Set<string>();
  for (const [name, job] of Object.entries(config.jobs)) {
    const handler = handlerOf(name, job, pluginNames);
    if (handler?.type === "plugin") plugins.add(handler.plugin);
    if (handler?.type === "builtin") builtins.add(handler.builtin);
  }
  return { plugins, builtins };
}

function checkDirectory(config: SchedulerConfig, listing: PluginListing): PathFinding[] {
  if (listing.isOutside) {
    const message = "the plugin directory lies outside of the git checkout, and is not read";
    const help = "move the job code into the checkout";
    return [errorAt(["plugins"], { rule: "plugin/outside", message, help })];
  }
  if (config.plugins === undefined || listing.exists) return [];
  const message = `there is no directory ${config.plugins}`;
  const help = "the path counts from the folder of this file";
  return [errorAt(["plugins"], { rule: "plugin/directory", message, help })];
}

function desire(
  config: SchedulerConfig,
  given: { parsed: ParsedConfig; world: World; pluginDir: string; memory: Memory },
  { file, known }: Circumstances,
): DesiredState {
  const { parsed, world, pluginDir, memory } = given;
  const sha256 = (text: string): string => hash("sha256", text);
  const views = new Map<string, JobView>();
  const desired = toDesired(config, {
    world,
    pluginDir,
    file,
    placeOfJob: (name) => parsed.placeOfJob(name),
    hash: sha256,
    known: (view) => {
      views.set(view.name, view);
      const before = known?.jobs.get(view.name);
      return before !== undefined && isSame(before.view, view) ? before.desired : null;
    },
  });
  memory.jobs = new Map();
  for (const job of desired.jobs) {
    const view = views.get(job.spec.name);
    if (view !== undefined) memory.jobs.set(job.spec.name, { view, desired: job });
  }
  return desired;
}

/** Whether all that a job's spec is made of is the same object, or says the same. */
function isSame(a: JobView, b: JobView): boolean {
  return (
    a.job === b.job &&
    a.facts === b.facts &&
    a.config.timezone === b.config.timezone &&
    JSON.stringify(a.config.defaults) === JSON.stringify(b.config.defaults) &&
    JSON.stringify(a.handler) === JSON.stringify(b.handler)
  );
}
