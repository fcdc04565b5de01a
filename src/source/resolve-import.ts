import { isBuiltin, builtinModules } from "node:module";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { closest } from "../config/suggest.ts";
import type { FileTree } from "../model/file-tree.ts";
import type { JsonValue } from "../model/json.ts";
import { mayBeBundled } from "./bundle-scope.ts";
import type { KnownManifests, Manifest } from "./manifest.ts";
import { findManifest, readManifest } from "./manifest.ts";

/** What an import leads to. */
export type Resolved =
  /** A file of the project; its real path. */
  | { type: "file"; path: string }
  | { type: "package"; name: string }
  /** A module of Node, or ours. */
  | { type: "given" }
  | {
      type: "missing";
      rule: "plugin/unresolved" | "plugin/outside";
      message: string;
      help: string;
    };

/** Where imports are looked up. */
export interface ImportScope {
  tree: FileTree;
  /** The project's folder, which imports must stay in. */
  root: string;
  /** The folder that holds the plugin directory. */
  folder: string;
  /** What this reading has found already. */
  manifests: KnownManifests;
  installed: Map<string, Promise<boolean>>;
}

/**
 * Finds what a module names, as the bundler would, but without running it or reading more than the
 * names of files and package.json. A package is only looked up by its name.
 */
export async function resolveImport(
  specifier: string,
  from: string,
  scope: ImportScope,
): Promise<Resolved> {
  const given = resolveGiven(specifier);
  if (given !== null) return given;
  if (/^\.{1,2}(?:\/|$)/.test(specifier) || isAbsolute(specifier)) {
    return resolveFile(specifier, from, scope);
  }
  const manifest = await findManifest(dirname(from), scope);
  if (specifier.startsWith("#")) return resolveAlias(specifier, { from, manifest, scope });
  return resolvePackage(specifier, { manifest, scope });
}

/** What needs no file: ours, and Node's; null for all else. */
function resolveGiven(specifier: string): Resolved | null {
  if (specifier === "cronverge" || specifier.startsWith("cronverge/")) return { type: "given" };
  if (isBuiltin(specifier)) return { type: "given" };
  return specifier.startsWith("node:") ? noSuchBuiltin(specifier) : null;
}

function noSuchBuiltin(specifier: string): Resolved {
  const name = specifier.slice("node:".length);
  const near = closest(name, builtinModules);
  return missing(
    `Node has no module \`${specifier}\``,
    near === null ? "see the list in Node's documentation" : `did you mean \`node:${near}\`?`,
  );
}

/** In the order in which the bundler tries them. */
const ENDINGS = [".tsx", ".ts", ".jsx", ".js", ".css", ".json"];

/** What may stand on disk for the name that the compiled file would have. */
const SOURCES: Record<string, readonly string[]> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx", ".ts"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

async function resolveFile(specifier: string, from: string, scope: ImportScope): Promise<Resolved> {
  const wanted = resolve(dirname(from), specifier);
  const main = (await readManifest(wanted, scope.tree))?.main ?? null;
  const named = main === null ? [] : candidatesOf(resolve(wanted, main));
  for (const candidate of [...named, ...candidatesOf(wanted)]) {
    if ((await scope.tree.stat(candidate))?.kind !== "file") continue;
    const path = (await scope.tree.realpath(candidate)) ?? candidate;
    if (mayBeBundled(path, scope)) return { type: "file", path };
    return outside(specifier);
  }
  // A place out of bounds is out of bounds whether or not this machine has a file there.
  if (!mayBeBundled(wanted, scope)) return outside(specifier);
  return missing(`there is no file \`${specifier}\``, await nearFile(specifier, wanted, scope));
}

function candidatesOf(wanted: string): string[] {
  const ending = /\.[cm]?jsx?$/.exec(wanted)?.[0] ?? "";
  const stem = wanted.slice(0, wanted.length - ending.length);
  return [
    wanted,
    ...ENDINGS.map((added) => wanted + added),
    ...(SOURCES[ending] ?? []).map((source) => stem + source),
    ...ENDINGS.map((added) => join(wanted, `index${added}`)),
  ];
}

async function nearFile(specifier: string, wanted: string, scope: ImportScope): Promise<string> {
  const entries = await scope.tree.list(dirname(wanted)).catch(() => []);
  const names = entries.filter(({ kind }) => kind === "file").map(({ name }) => name);
  const near = closest(basename(wanted), names);
  if (near === null) return "write that file, or correct the path, which counts from this file";
  return `did you mean \`${specifier.slice(0, specifier.lastIndexOf("/") + 1)}${near}\`?`;
}

async function resolveAlias(
  specifier: string,
  given: { from: string; manifest: Manifest | null; scope: ImportScope },
): Promise<Resolved> {
  const { manifest, scope } = given;
  const target = manifest === null ? null : aliasTarget(specifier, manifest);
  if (manifest === null || target === null) {
    const help = "name it under `imports` of package.json, or give the path of the file";
    return missing(`no package.json gives \`${specifier}\` a meaning`, help);
  }
  if (!target.startsWith("./")) return resolveGiven(target) ?? resolvePackage(target, given);
  return resolveFile(target, join(manifest.folder, "package.json"), scope);
}

function aliasTarget(specifier: string, { imports }: Manifest): string | null {
  const exact = imports.get(specifier);
  if (exact !== undefined) return targetText(exact);
  // Of several patterns that fit, Node takes the one with the longest beginning.
  const patterns = [...imports].sort(([a], [b]) => b.indexOf("*") - a.indexOf("*"));
  for (const [key, value] of patterns) {
    const [head = "", tail] = key.split("*");
    if (tail === undefined || !specifier.startsWith(head) || !specifier.endsWith(tail)) continue;
    const middle = specifier.slice(head.length, specifier.length - tail.length);
    return targetText(value)?.replaceAll("*", () => middle) ?? null;
  }
  return null;
}

const CONDITIONS: ReadonlySet<string> = new Set(["node", "import", "module", "default"]);

/** A target may depend on conditions; the first that holds in a job is taken. */
function targetText(value: JsonValue): string | null {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value[0] === undefined ? null : targetText(value[0]);
  if (typeof value !== "object" || value === null) return null;
  const holds = Object.entries(value).find(([condition]) => CONDITIONS.has(condition));
  return holds === undefined ? null : targetText(holds[1]);
}

async function resolvePackage(
  specifier: string,
  { manifest, scope }: { manifest: Manifest | null; scope: ImportScope },
): Promise<Resolved> {
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  const found: Resolved = { type: "package", name };
  if (manifest?.packages.has(name) === true) return found;
  // What is installed is no part of a commit, so that there the name must do.
  if (!scope.tree.live) return found;
  const installed = scope.installed.get(name) ?? isInstalled(name, scope);
  scope.installed.set(name, installed);
  if (await installed) return found;
  const near = closest(name, manifest?.packages ?? []);
  const help =
    near === null ? `npm install ${name}, or correct the name` : `did you mean \`${near}\`?`;
  return missing(`no package \`${name}\` is declared in package.json or installed`, help);
}

async function isInstalled(name: string, { tree, folder }: ImportScope): Promise<boolean> {
  for (let parent = folder; ; parent = dirname(parent)) {
    if ((await tree.stat(join(parent, "node_modules", name))) !== null) return true;
    if (parent === dirname(parent)) return false;
  }
}

function outside(specifier: string): Resolved {
  return {
    type: "missing",
    rule: "plugin/outside",
    message: `\`${specifier}\` is outside of the project`,
    help: "copy what it needs into the project, or grant `permissions: {read: […]}` and read it at run time",
  };
}

function missing(message: string, help: string): Resolved {
  return { type: "missing", rule: "plugin/unresolved", message, help };
}
