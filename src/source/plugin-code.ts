import { dirname } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { FileTree } from "../model/file-tree.ts";
import { findProjectRoot } from "./bundle-scope.ts";
import { inBatches } from "./in-batches.ts";
import type { KnownModule, PluginModules } from "./modules.ts";
import type { KnownPlugin } from "./plugins.ts";

/**
 * The files that plugins are made of, by plugin name. `memory.modules` is what an earlier reading
 * knew, and is replaced by what this one saw.
 */
export async function followImports(
  plugins: ReadonlyMap<string, KnownPlugin>,
  given: {
    tree: FileTree;
    pluginDir: string;
    displayDirectory: string;
    memory: { modules: ReadonlyMap<string, KnownModule> };
  },
): Promise<Map<string, PluginModules>> {
  const { tree, displayDirectory, memory } = given;
  const pluginDir = plugins.size === 0 ? null : await tree.realpath(given.pluginDir);
  if (pluginDir === null) return new Map();
  const folder = dirname(pluginDir);
  const root = await findProjectRoot(folder, tree);
  // It brings the parser along, which a config without plugins does not need.
  const { ModuleReader } = await import("./modules.ts");
  const named = [...plugins].flatMap(([name, plugin]) => {
    const entry = entryOf(plugin);
    return entry === null ? [] : [{ name, entry }];
  });
  const reader = new ModuleReader({
    tree,
    root,
    folder,
    pluginDir,
    displayDirectory,
    known: memory.modules,
    entries: named.map(({ entry }) => entry),
    manifests: new Map(),
    workspaces: new Map(),
    installed: new Map(),
    plugAndPlay: { path: null },
  });
  const code = await inBatches(named, async ({ name, entry }): Promise<[string, PluginModules]> => {
    return [name, await reader.collect(entry)];
  });
  memory.modules = reader.seen;
  return new Map(code);
}

/** The mistakes of all of it, each once; `sources` gets the texts that they point into. */
export function diagnosticsOfCode(
  code: ReadonlyMap<string, PluginModules>,
  sources: Map<string, string>,
): Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const { modules, diagnostics } of code.values()) {
    for (const diagnostic of diagnostics) {
      const { file, line, column, message } = diagnostic;
      found.set([file, line, column, message].join("\0"), diagnostic);
      const text = modules.find(({ displayName }) => displayName === file)?.text;
      if (text !== undefined) sources.set(file, text);
    }
  }
  return [...found.values()];
}

function entryOf({ facts, stamp, sha256, text, displayName }: KnownPlugin): KnownModule | null {
  const { file: path, imports } = facts;
  if (path === null) return null;
  return { path, displayName, stamp, sha256, text, imports, diagnostic: null, parsed: true };
}
