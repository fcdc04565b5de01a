import { hash } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { handlerOf } from "../config/handler.ts";
import { checkMeaning } from "../config/meaning.ts";
import { parseConfig, type ParsedConfig } from "../config/parse.ts";
import { errorAt, type PathFinding } from "../config/place.ts";
import { DEFAULTS } from "../config/settings.ts";
import { checkShape, type Shape } from "../config/shape.ts";
import type { JobView, World } from "../config/context.ts";
import { toDesired } from "../config/desired.ts";
import { BUILTINS } from "../model/builtins.ts";
import type { SchedulerConfig } from "../model/config.generated.ts";
import { hasErrors, type Diagnostic } from "../model/diagnostic.ts";
import type { DesiredJob, DesiredState } from "../model/job.ts";
import type { PluginFacts } from "../model/plugin.ts";
import { listPlugins, loadPlugin, type KnownPlugin, type PluginListing } from "./plugins.ts";
import { readConfigFile, type FileContent } from "./read-file.ts";

/** A config file with all that was found in it and in the job code it names. */
export interface LoadedConfig {
  /** Absolute path. */
  configFile: string;
  /** Empty when the file could not be read. */
  text: string;
  /** sha256 of the file's bytes in hex; empty when the file could not be read. */
  hash: string;
  /** Errors and warnings, in the order of the file; those of job code follow. */
  diagnostics: Diagnostic[];
  /** Null when there are errors. */
  desired: DesiredState | null;
  /** By plugin name; those that a job names. */
  plugins: ReadonlyMap<string, PluginFacts>;
  /** Plugin names and built-ins that no job declares. */
  available: string[];
  /** Texts of the files that diagnostics point into, by the name they use. */
  sources: ReadonlyMap<string, string>;
}

/** A save that is not finished yet is over by then. */
const TORN_SAVE_MS = 50;

/**
 * Reads, checks and understands a config file: the one way for check, plan and up, which hence
 * cannot disagree. All mistakes are found in one go and returned, none is thrown. Nothing of the
 * project is run or bundled; job code is only parsed.
 *
 * `displayName` is the name of the file in diagnostics; `previous`, the result of an earlier
 * reading, saves parsing what did not change.
 */
export async function loadConfig(options: {
  configFile: string;
  displayName?: string;
  nowMs: number;
  previous?: LoadedConfig;
}): Promise<LoadedConfig> {
  const file = options.displayName ?? options.configFile;
  const known = options.previous === undefined ? undefined : MEMORIES.get(options.previous);
  const first = read(await readConfigFile(options.configFile, file), { file, known });
  const reading = first.torn ? await readAgain(first, { ...options, file, known }) : first;
  return understand(reading, { ...options, file, known });
}

/** What one reading hands to the next. Kept beside the result, for it is nobody else's matter. */
interface Memory {
  blocks: ParsedConfig["blocks"];
  plugins: Map<string, KnownPlugin>;
  jobs: Map<string, { view: JobView; desired: DesiredJob }>;
}

const MEMORIES = new WeakMap<LoadedConfig, Memory>();

interface Reading {
  content: FileContent;
  parsed: ParsedConfig | null;
  torn: boolean;
}

interface Circumstances {
  configFile: string;
  file: string;
  nowMs: number;
  known: Memory | undefined;
}

function read(
  content: FileContent,
  { file, known }: Pick<Circumstances, "file" | "known">,
): Reading {
  if (content.text === null) return { content, parsed: null, torn: true };
  const parsed = parseConfig(content.text, { file, previous: known });
  return { content, parsed, torn: hasErrors(parsed.diagnostics) };
}

async function readAgain(
  first: Reading,
  { configFile, file, known }: Pick<Circumstances, "configFile" | "file" | "known">,
): Promise<Reading> {
  await delay(TORN_SAVE_MS);
  const content = await readConfigFile(configFile, file);
  const same = content.hash === first.content.hash && content.text === first.content.text;
  return same ? first : read(content, { file, known });
}

async function understand(reading: Reading, circumstances: Circumstances): Promise<LoadedConfig> {
  const { configFile, file } = circumstances;
  const { content, parsed } = reading;
  const diagnostics = content.diagnostic === null ? [] : [content.diagnostic];
  const text = content.text ?? "";
  const loaded: LoadedConfig = {
    configFile,
    text,
    hash: content.hash,
    diagnostics,
    desired: null,
    plugins: new Map(),
    available: [],
    sources: new Map([[file, text]]),
  };
  if (parsed === null) return loaded;
  diagnostics.push(...parsed.diagnostics);
  const memory: Memory = { blocks: parsed.blocks, plugins: new Map(), jobs: new Map() };
  MEMORIES.set(loaded, memory);
  if (parsed.value !== null) {
    const shape = checkShape(parsed.value);
    const rest = await checkRest({ parsed, shape, memory }, circumstances);
    Object.assign(loaded, rest, { diagnostics: [...diagnostics, ...rest.diagnostics] });
    loaded.sources = new Map([[file, text], ...rest.sources]);
  }
  loaded.diagnostics.sort(byPlace(file));
  return loaded;
}

type Rest = Pick<LoadedConfig, "diagnostics" | "desired" | "plugins" | "available" | "sources">;

async function checkRest(
  { parsed, shape, memory }: { parsed: ParsedConfig; shape: Shape; memory: Memory },
  circumstances: Circumstances,
): Promise<Rest> {
  const { configFile, file, nowMs, known } = circumstances;
  const { config, findings, removed } = shape;
  const diagnostics = findings.map((finding) => parsed.place(finding));
  const sources = new Map<string, string>();
  if (config === null)
    return { diagnostics, desired: null, plugins: new Map(), available: [], sources };
  const written = config.plugins ?? DEFAULTS.plugins;
  const pluginDir = resolve(dirname(configFile), written);
  const displayDirectory = join(dirname(file), written);
  const listing = await listPlugins(pluginDir, displayDirectory);
  const pluginNames = [...listing.files.keys()];
  const used = usedNames(config, pluginNames);
  for (const plugin of used.plugins) {
    const path = listing.files.get(plugin);
    if (path === undefined) continue;
    const displayName = join(displayDirectory, `${plugin}${/\.\w+$/.exec(path)?.[0] ?? ""}`);
    const read = await loadPlugin(plugin, {
      file: path,
      displayName,
      known: known?.plugins.get(path),
    });
    memory.plugins.set(path, read);
    diagnostics.push(...read.facts.diagnostics);
    if (read.facts.diagnostics.length > 0) sources.set(displayName, read.text);
  }
  const plugins = new Map([...memory.plugins.values()].map(({ facts }) => [facts.plugin, facts]));
  const world: World = { nowMs, pluginNames, plugins, outside: listing.outside };
  const meaning = [...checkDirectory(config, listing), ...checkMeaning(config, { world, removed })];
  diagnostics.push(...listing.diagnostics, ...meaning.map((finding) => parsed.place(finding)));
  const all = [...Object.keys(BUILTINS), ...pluginNames];
  const available = all.filter((name) => !used.plugins.has(name) && !used.builtins.has(name));
  const faultless = !hasErrors(parsed.diagnostics) && !hasErrors(diagnostics);
  const desired = faultless
    ? desire(config, { parsed, world, pluginDir, memory }, circumstances)
    : null;
  return { diagnostics, desired, plugins, available, sources };
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

function byPlace(first: string): (a: Diagnostic, b: Diagnostic) => number {
  return (a, b) => {
    if (a.file !== b.file) {
      if (a.file === first || b.file === first) return a.file === first ? -1 : 1;
      return a.file < b.file ? -1 : 1;
    }
    return a.line - b.line || a.column - b.column;
  };
}
