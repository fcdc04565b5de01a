import { hash } from "node:crypto";
import { dirname, join, relative } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { FileTree } from "../model/file-tree.ts";
import type { ModuleImport } from "../model/plugin.ts";
import { filesOfPattern, isPattern } from "./import-pattern.ts";
import { decisiveText, findManifest } from "./manifest.ts";
import type { KnownModule } from "./module-file.ts";
import { readModule } from "./module-file.ts";
import type { ImportScope, Resolved } from "./resolve-import.ts";
import { refused, resolveImport } from "./resolve-import.ts";

export type { KnownModule } from "./module-file.ts";

/** All that a plugin is made of, packages from elsewhere left out. */
export interface PluginModules {
  /** The plugin's own file first, then what it imports, each once. */
  modules: KnownModule[];
  /** Names of the packages from elsewhere that these import, sorted. */
  packages: string[];
  /** The same by the folders of the files that import them. */
  importers: ReadonlyMap<string, ReadonlySet<string>>;
  /** What of each package.json decides which code that is. */
  manifests: ManifestText[];
  /** Imports that lead nowhere, and files that cannot be understood; the own file's syntax is left out. */
  diagnostics: Diagnostic[];
  /** Why there may be more code than these files, with the places; empty where there is none. */
  unknown: string[];
}

export interface ManifestText {
  /** Absolute path of the package.json. */
  path: string;
  sha256: string;
  text: string;
}

export interface ModuleScope extends ImportScope {
  /** The plugin directory, real and as diagnostics name it. */
  pluginDir: string;
  displayDirectory: string;
  /** Modules that an earlier reading knew, by path. */
  known: ReadonlyMap<string, KnownModule>;
  /** The plugins' own files, which are read and understood already. */
  entries: readonly KnownModule[];
}

/** What is found while the imports of one plugin are followed. */
interface Collection {
  modules: Map<string, KnownModule>;
  importers: Map<string, Set<string>>;
  /** Files of packages: their mistakes are not the plugin's author's. */
  foreign: Set<string>;
  diagnostics: Diagnostic[];
  unknown: Set<string>;
}

/** The module whose imports are followed, and what is known by then. */
interface Following {
  module: KnownModule;
  found: Collection;
}

/**
 * Follows the imports of plugins from file to file. What several plugins share is read once; `seen`
 * holds what was read, for the next reading.
 */
export class ModuleReader {
  readonly seen: Map<string, KnownModule> = new Map();
  readonly #scope: ModuleScope;
  readonly #reading = new Map<string, Promise<KnownModule>>();
  readonly #resolving = new Map<string, Promise<Resolved>>();

  constructor(scope: ModuleScope) {
    this.#scope = scope;
    for (const entry of scope.entries) this.#reading.set(entry.path, Promise.resolve(entry));
  }

  async collect(entry: KnownModule): Promise<PluginModules> {
    const found: Collection = {
      modules: new Map([[entry.path, entry]]),
      importers: new Map(),
      foreign: new Set(),
      diagnostics: [],
      unknown: new Set(),
    };
    // A map may grow while it is walked: each module is visited once, circles or not.
    for (const module of found.modules.values()) {
      if (module !== entry) judge(module, found);
      for (const imported of module.imports) await this.#follow(imported, { module, found });
    }
    const { importers } = found;
    const packages = [...new Set([...importers.values()].flatMap((names) => [...names]))].sort();
    return {
      modules: [...found.modules.values()],
      packages,
      importers,
      manifests: await this.#manifestsOf(found.modules, packages),
      diagnostics: found.diagnostics,
      unknown: [...found.unknown],
    };
  }

  async #follow(imported: ModuleImport, { module, found }: Following): Promise<void> {
    if (imported.parts !== undefined) {
      await this.#followPattern({ ...imported, parts: imported.parts }, { module, found });
      return;
    }
    const resolved = await this.#resolve(imported.specifier, module.path);
    if (resolved.type === "file") await this.#add([resolved.path], { module, found });
    if (resolved.type === "package") {
      const { name, paths, isKnown } = resolved;
      if (name !== null) for (const path of paths) found.foreign.add(path);
      await this.#add(paths, { module, found });
      if (name !== null && paths.length === 0) {
        const folder = dirname(module.path);
        found.importers.set(folder, (found.importers.get(folder) ?? new Set()).add(name));
      }
      if (!isKnown) {
        const what = `imports \`${imported.specifier}\`, whose files are not in the repository`;
        found.unknown.add(`${placeText(imported, module)} ${what}`);
      }
    }
    if (resolved.type === "uncommitted") found.unknown.add(uncommitted(imported, module));
    if (resolved.type !== "missing" && resolved.type !== "refused") return;
    // What is loaded while the code runs may be guarded by it: only the bundler can tell.
    if (resolved.type === "missing" && imported.deferred) return;
    if (found.foreign.has(module.path) && resolved.rule !== "plugin/pnp") return;
    found.diagnostics.push(atImport(imported, { ...resolved, file: module.displayName }));
  }

  async #followPattern(
    imported: ModuleImport & { parts: readonly string[] },
    { module, found }: Following,
  ): Promise<void> {
    const place = placeText(imported, module);
    if (!isPattern(imported.parts)) {
      found.unknown.add(`${place} loads a module whose name is computed`);
      return;
    }
    const { tree } = this.#scope;
    const options = { from: module.path, tree, scope: this.#scope };
    const { paths, complete, refusal } = await filesOfPattern(imported.parts, options);
    const committed = await committedOf(paths, tree);
    await this.#add(committed, { module, found });
    if (refusal !== null && !found.foreign.has(module.path)) {
      const problem = refused(imported.specifier, refusal);
      found.diagnostics.push(atImport(imported, { ...problem, file: module.displayName }));
    }
    const isMissing = !tree.live && paths.length === 0 && refusal === null;
    if (isMissing || committed.length < paths.length) {
      found.unknown.add(uncommitted(imported, module));
    }
    if (!complete) found.unknown.add(`${place} loads from a folder with too many files to follow`);
  }

  async #add(paths: readonly string[], { module, found }: Following): Promise<void> {
    for (const path of paths) {
      if (found.foreign.has(module.path)) found.foreign.add(path);
      if (!found.modules.has(path)) found.modules.set(path, await this.#read(path));
    }
  }

  /** The nearest package.json of each file, and of those above it what concerns the packages. */
  async #manifestsOf(
    modules: ReadonlyMap<string, KnownModule>,
    packages: readonly string[],
  ): Promise<ManifestText[]> {
    const texts = new Map<string, string>();
    for (const folder of new Set([...modules.keys()].map((path) => dirname(path)))) {
      let manifest = await findManifest(folder, this.#scope);
      for (let above = false; manifest !== null; above = true) {
        const path = join(manifest.folder, "package.json");
        const text = decisiveText(manifest, { packages, above });
        if (text !== null && !(above && texts.has(path))) texts.set(path, text);
        const last = manifest.folder === this.#scope.root;
        manifest = last ? null : await findManifest(dirname(manifest.folder), this.#scope);
      }
    }
    const sorted = [...texts].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([path, text]) => ({ path, sha256: hash("sha256", text), text }));
  }

  /** A file as diagnostics name it. */
  #nameOf(path: string): string {
    const { displayDirectory, pluginDir } = this.#scope;
    return join(displayDirectory, relative(pluginDir, path));
  }

  async #resolve(specifier: string, from: string): Promise<Resolved> {
    const key = `${from}\0${specifier}`;
    const known = this.#resolving.get(key) ?? resolveImport(specifier, from, this.#scope);
    this.#resolving.set(key, known);
    return known;
  }

  async #read(path: string): Promise<KnownModule> {
    const reading = this.#reading.get(path) ?? this.#readFile(path);
    this.#reading.set(path, reading);
    const module = await reading;
    this.seen.set(path, module);
    return module;
  }

  async #readFile(path: string): Promise<KnownModule> {
    const { tree, known } = this.#scope;
    const displayName = this.#nameOf(path);
    const found = known.get(path);
    const before = found?.displayName === displayName ? found : undefined;
    return readModule(path, { displayName, tree, before });
  }
}

/** What is wrong with an imported file is told, or makes the code unknown where it is a package's. */
function judge(module: KnownModule, { foreign, diagnostics, unknown }: Collection): void {
  const { diagnostic, displayName } = module;
  if (diagnostic !== null && !foreign.has(module.path)) diagnostics.push(diagnostic);
  else if (!module.parsed) unknown.add(`${displayName} cannot be read as a module or a script`);
}

async function committedOf(paths: readonly string[], { tracks }: FileTree): Promise<string[]> {
  const found: string[] = [];
  // One by one: of each that is new, git is asked.
  for (const path of paths) if (tracks === undefined || (await tracks(path))) found.push(path);
  return found;
}

function uncommitted(imported: ModuleImport, module: KnownModule): string {
  const what = `imports \`${imported.specifier}\`, whose file is not in the repository`;
  return `${placeText(imported, module)} ${what}`;
}

function placeText({ line, column }: ModuleImport, { displayName }: KnownModule): string {
  return `${displayName}:${line}:${column}`;
}

function atImport(
  { line, column, endLine, endColumn }: ModuleImport,
  { file, rule, message, help }: Pick<Diagnostic, "file" | "rule" | "message" | "help">,
): Diagnostic {
  return { severity: "error", rule, message, help, file, line, column, endLine, endColumn };
}
