import { dirname, join } from "node:path";
import { mayBeBundled } from "./bundle-scope.ts";
import { findFile } from "./find-file.ts";
import type { KnownWorkspaces } from "./local-packages.ts";
import { findLocalPackage } from "./local-packages.ts";
import { exportEntries, targetsOf } from "./manifest-targets.ts";
import type { Manifest, ManifestScope } from "./manifest.ts";
import { readManifest } from "./manifest.ts";
import { upward } from "./upward.ts";

export interface PackageScope extends ManifestScope {
  root: string;
  folder: string;
  workspaces: KnownWorkspaces;
}

/**
 * The files of the project that a package's name stands for: those of the package that imports
 * itself, of one that is committed with the project, and of one of its workspace. `local` tells that
 * it is such a package, even where its files are missing, as those that a build makes are.
 */
export async function packageFiles(
  specifier: string,
  given: { from: string; manifest: Manifest | null; scope: PackageScope },
): Promise<{ paths: string[]; local: boolean }> {
  const { from, manifest, scope } = given;
  const name = packageName(specifier);
  const subpath = specifier.slice(name.length);
  if (manifest !== null && manifest.name === name && manifest.exports !== null) {
    return { paths: await exported(manifest, { subpath, scope }), local: true };
  }
  const committed = await committedFiles(specifier, given);
  if (committed.length > 0) return { paths: committed, local: true };
  const folder = await findLocalPackage(name, { from, scope });
  if (folder === null || !mayBeBundled(folder, scope)) return { paths: [], local: false };
  return { paths: await filesIn(folder, { subpath, scope }), local: true };
}

/** `@scope/name` or `name`, without what follows. */
export function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** The nearest copy that belongs to the project: what an installer put there is no part of it. */
async function committedFiles(
  specifier: string,
  { from, scope }: { from: string; scope: PackageScope },
): Promise<string[]> {
  const name = packageName(specifier);
  for (const parent of upward(dirname(from), scope.root)) {
    const packages = join(parent, "node_modules");
    if ((await scope.tree.stat(packages))?.kind === "folder") {
      const subpath = specifier.slice(name.length);
      const found = await filesIn(join(packages, name), { subpath, scope });
      if (found.length > 0) return found;
    }
  }
  return [];
}

interface Wanted {
  /** Below the package, with a `/` before it; empty for the package itself. */
  subpath: string;
  scope: PackageScope;
}

async function filesIn(folder: string, { subpath, scope }: Wanted): Promise<string[]> {
  const manifest = await readManifest(folder, scope);
  if (manifest !== null && manifest.exports !== null) {
    return exported(manifest, { subpath, scope });
  }
  return ours([await findFile(folder + subpath, { scope })], scope);
}

async function exported(manifest: Manifest, { subpath, scope }: Wanted): Promise<string[]> {
  const targets = targetsOf(`.${subpath}`, exportEntries(manifest.exports));
  const found = targets.map((target) => findFile(join(manifest.folder, target), { scope }));
  return ours(await Promise.all(found), scope);
}

async function ours(found: readonly (string | null)[], scope: PackageScope): Promise<string[]> {
  const paths = new Set<string>();
  for (const file of found) {
    const path = file === null ? null : ((await scope.tree.realpath(file)) ?? file);
    if (path === null || !mayBeBundled(path, scope)) continue;
    const { tracks } = scope.tree;
    const belongs = tracks === undefined ? !isInstalled(path) : await tracks(path);
    if (belongs) paths.add(path);
  }
  return [...paths];
}

function isInstalled(path: string): boolean {
  return /[\\/]node_modules[\\/]/.test(path);
}
