import { isBuiltin, builtinModules } from "node:module";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { closest } from "../config/suggest.ts";
import { refusalOf, type BundleRefusal } from "./bundle-scope.ts";
import { findFile } from "./find-file.ts";
import { targetsOf } from "./manifest-targets.ts";
import type { Manifest } from "./manifest.ts";
import { findManifest } from "./manifest.ts";
import { findPlugAndPlay, refusedPlugAndPlay } from "./plug-and-play.ts";
import type { PackageScope } from "./resolve-package.ts";
import { packageFiles, packageName } from "./resolve-package.ts";
import { upward } from "./upward.ts";

/** What an import leads to. */
export type Resolved =
  /** A file of the project; its real path. */
  | { type: "file"; path: string }
  /**
   * A package; `paths` are its files that belong to the project, and `isKnown` is false where it
   * belongs to the project without its files. Null is the name of an alias for several files.
   */
  | { type: "package"; name: string | null; paths: string[]; isKnown: boolean }
  /** A module of Node, or ours. */
  | { type: "given" }
  /** A file that no commit has: git ignores it, or it is of a submodule, or nowhere. */
  | { type: "uncommitted" }
  /** What leads nowhere, or to what must not become part of the code. */
  | { type: "missing" | "refused"; rule: string; message: string; help: string };

/** Where imports are looked up. */
export interface ImportScope extends PackageScope {
  /** What this reading has found already. */
  installed: Map<string, Promise<boolean>>;
  /** What looks up packages in the bundler's place; asked for once. */
  plugAndPlay: { path: Promise<string | null> | null };
}

/**
 * Finds what a module names, as the bundler would, but without running it or reading more than the
 * names of files and package.json. A package from elsewhere is only looked up by its name.
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
  return resolvePackage(specifier, { from, manifest, scope });
}

/** What needs no file: ours, and Node's; null for all else. */
function resolveGiven(specifier: string): Resolved | null {
  if (specifier === "cronverge" || specifier.startsWith("cronverge/")) return { type: "given" };
  if (isBuiltin(specifier) && !NOT_THE_BUNDLERS.has(specifier)) return { type: "given" };
  return specifier.startsWith("node:") ? noSuchBuiltin(specifier) : null;
}

/** Without `node:` before them, the bundler looks for packages of these names. */
const NOT_THE_BUNDLERS: ReadonlySet<string> = new Set(["inspector/promises", "readline/promises"]);

function noSuchBuiltin(specifier: string): Resolved {
  const name = specifier.slice("node:".length);
  const near = closest(name, builtinModules);
  return missing(
    `Node has no module \`${specifier}\``,
    near === null ? "see the list in Node's documentation" : `did you mean \`node:${near}\`?`,
  );
}

async function resolveFile(specifier: string, from: string, scope: ImportScope): Promise<Resolved> {
  const found = await fileNamed(specifier, from, scope);
  if (found !== null) {
    const path = (await scope.tree.realpath(found)) ?? found;
    const refusal = refusalOf(path, scope);
    if (refusal !== null) return refused(specifier, refusal);
    const { tracks } = scope.tree;
    const belongs = tracks === undefined || (await tracks(path));
    return belongs ? { type: "file", path } : { type: "uncommitted" };
  }
  const wanted = resolve(dirname(from), specifier);
  const realFolder = (await scope.tree.realpath(dirname(wanted))) ?? dirname(wanted);
  // A place out of bounds is out of bounds whether or not this machine has a file there.
  const refusal = refusalOf(wanted, scope) ?? refusalOf(realFolder, scope);
  if (refusal?.rule === "plugin/outside")
    return { ...refused(specifier, refusal), type: "missing" };
  if (refusal !== null) return refused(specifier, refusal);
  // The commit may be good all the same: only who has the other files can tell.
  if (!scope.tree.live) return { type: "uncommitted" };
  return missing(`there is no file \`${specifier}\``, await nearFile(specifier, wanted, scope));
}

async function fileNamed(
  specifier: string,
  from: string,
  scope: ImportScope,
): Promise<string | null> {
  const asFolder = /(?:^|\/)\.{0,2}$/.test(specifier);
  const found = await findFile(resolve(dirname(from), specifier), { scope, asFolder });
  if (found !== null) return found;
  // What follows a `?` or `#` is for the code, and no part of the file's name.
  const [plain = ""] = specifier.split(/[?#]/);
  return plain === specifier ? null : findFile(resolve(dirname(from), plain), { scope });
}

async function nearFile(specifier: string, wanted: string, scope: ImportScope): Promise<string> {
  const entries = await scope.tree.list(dirname(wanted)).catch(() => []);
  const names = entries.filter(({ kind }) => kind === "file").map(({ name }) => name);
  const near = closest(basename(wanted), names);
  if (near === null) return "write that file, or correct the path, which counts from this file";
  return `did you mean \`${specifier.slice(0, specifier.lastIndexOf("/") + 1)}${near}\`?`;
}

async function resolveAlias(specifier: string, given: Asked): Promise<Resolved> {
  const { manifest, scope } = given;
  const targets = manifest === null ? [] : targetsOf(specifier, manifest.imports);
  const [first] = targets;
  if (manifest === null || first === undefined) {
    const help = "name it under `imports` of package.json, or give the path of the file";
    return missing(`no package.json gives \`${specifier}\` a meaning`, help);
  }
  const from = join(manifest.folder, "package.json");
  const resolved = await Promise.all(
    targets.map(async (target) => {
      if (target.startsWith("./")) return resolveFile(target, from, scope);
      return resolveGiven(target) ?? resolvePackage(target, given);
    }),
  );
  const paths = resolved.flatMap((found) => (found.type === "file" ? [found.path] : []));
  // The two ways to load a module may mean two files.
  if (paths.length > 1) return { type: "package", name: null, paths, isKnown: true };
  return resolved[0] ?? missing(specifier, "");
}

interface Asked {
  from: string;
  manifest: Manifest | null;
  scope: ImportScope;
}

async function resolvePackage(specifier: string, given: Asked): Promise<Resolved> {
  const { manifest, scope } = given;
  scope.plugAndPlay.path ??= findPlugAndPlay(scope.folder, scope);
  const plugAndPlay = await scope.plugAndPlay.path;
  if (plugAndPlay !== null) {
    return { type: "refused", ...refusedPlugAndPlay(specifier, basename(plugAndPlay)) };
  }
  const name = packageName(specifier);
  const { paths, local } = await packageFiles(specifier, given);
  const isKnown = !local || paths.length > 0;
  const found: Resolved = { type: "package", name, paths, isKnown };
  if (paths.length > 0 || manifest?.packages.has(name) === true) return found;
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
  for (const parent of upward(folder)) {
    if ((await tree.stat(join(parent, "node_modules", name))) !== null) return true;
  }
  return false;
}

type NotFollowed = Extract<Resolved, { rule: string }>;

/** What is said of an import of what must not become part of the code. */
export function refused(specifier: string, { rule, reason, help }: BundleRefusal): NotFollowed {
  return { type: "refused", rule, message: `\`${specifier}\` ${reason}`, help };
}

function missing(message: string, help: string): NotFollowed {
  return { type: "missing", rule: "plugin/unresolved", message, help };
}
