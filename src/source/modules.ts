import { hash } from "node:crypto";
import { join, relative } from "node:path";
import { readImports } from "../code/imports.ts";
import { parseModule } from "../code/parse-module.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { errorMessage, SchedulerError } from "../model/errors.ts";
import type { ModuleImport } from "../model/plugin.ts";
import type { ImportScope } from "./resolve-import.ts";
import { resolveImport } from "./resolve-import.ts";
import { stripTypes } from "./strip-types.ts";

/** A file of a job's code, as far as it is known without running it. */
export interface KnownModule {
  /** Absolute real path. */
  path: string;
  /** As diagnostics name it. */
  displayName: string;
  stamp: string;
  sha256: string;
  text: string;
  imports: readonly ModuleImport[];
  /** Why it could not be understood. */
  diagnostic: Diagnostic | null;
}

/** All that a plugin is made of, packages left out. */
export interface PluginModules {
  /** The plugin's own file first, then what it imports, each once. */
  modules: KnownModule[];
  /** Names of the packages that these import, sorted. */
  packages: string[];
  /** Imports that lead nowhere, and files that cannot be understood; the own file's syntax is left out. */
  diagnostics: Diagnostic[];
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

/**
 * Follows the imports of plugins from file to file. What several plugins share is read once; `seen`
 * holds what was read, for the next reading.
 */
export class ModuleReader {
  readonly seen: Map<string, KnownModule> = new Map();
  readonly #scope: ModuleScope;
  readonly #reading = new Map<string, Promise<KnownModule>>();
  readonly #resolving = new Map<string, ReturnType<typeof resolveImport>>();

  constructor(scope: ModuleScope) {
    this.#scope = scope;
    for (const entry of scope.entries) this.#reading.set(entry.path, Promise.resolve(entry));
  }

  async collect(entry: KnownModule): Promise<PluginModules> {
    const modules = new Map([[entry.path, entry]]);
    const packages = new Set<string>();
    const diagnostics: Diagnostic[] = [];
    // A map may grow while it is walked: each module is visited once, circles or not.
    for (const module of modules.values()) {
      if (module !== entry && module.diagnostic !== null) diagnostics.push(module.diagnostic);
      for (const imported of module.imports) {
        const resolved = await this.#resolve(imported.specifier, module.path);
        if (resolved.type === "package") packages.add(resolved.name);
        if (resolved.type === "file" && !modules.has(resolved.path)) {
          modules.set(resolved.path, await this.#read(resolved.path));
        }
        // What is loaded while the code runs may be guarded by it: only the bundler can tell.
        if (resolved.type !== "missing" || imported.deferred) continue;
        diagnostics.push(atImport(imported, { ...resolved, file: module.displayName }));
      }
    }
    return { modules: [...modules.values()], packages: [...packages].sort(), diagnostics };
  }

  /** A file as diagnostics name it. */
  #nameOf(path: string): string {
    const { displayDirectory, pluginDir } = this.#scope;
    return join(displayDirectory, relative(pluginDir, path));
  }

  async #resolve(specifier: string, from: string): ReturnType<typeof resolveImport> {
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
    try {
      const stamp = (await tree.stat(path))?.stamp ?? "";
      if (before !== undefined && before.stamp === stamp) return before;
      const text = new TextDecoder().decode(await tree.read(path));
      const sha256 = hash("sha256", text);
      if (before?.sha256 === sha256) return { ...before, stamp };
      return { path, displayName, stamp, sha256, text, ...understand(text, path, displayName) };
    } catch (error) {
      if (error instanceof SchedulerError) throw error;
      const message = `the file cannot be read: ${errorMessage(error)}`;
      const diagnostic = ofFile(displayName, message);
      return { path, displayName, stamp: "", sha256: "", text: "", imports: [], diagnostic };
    }
  }
}

/** Data, such as JSON, imports nothing; JSX and older module files are the bundler's to read. */
function understand(
  text: string,
  path: string,
  file: string,
): Pick<KnownModule, "imports" | "diagnostic"> {
  if (!/\.[cm]?[jt]s$/.test(path)) return { imports: [], diagnostic: null };
  const typed = /\.[cm]?ts$/.test(path);
  const parsed = parseModule(text, { file, stripTypes: typed ? stripTypes : (source) => source });
  if ("program" in parsed) return { imports: readImports(parsed.program), diagnostic: null };
  // A script in the old style may hold what no module may; the bundler takes it.
  const diagnostic = typed ? parsed.diagnostic : null;
  return { imports: [], diagnostic };
}

function atImport(
  { line, column, endLine, endColumn }: ModuleImport,
  { file, rule, message, help }: Pick<Diagnostic, "file" | "rule" | "message" | "help">,
): Diagnostic {
  return { severity: "error", rule, message, help, file, line, column, endLine, endColumn };
}

function ofFile(file: string, message: string): Diagnostic {
  const place = { file, line: 1, column: 1, endLine: 1, endColumn: 2 };
  return { severity: "error", rule: "plugin/unreadable", message, help: null, ...place };
}
