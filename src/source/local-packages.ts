import { dirname, join, resolve } from "node:path";
import type { FileTree } from "../model/file-tree.ts";
import { pathBelow } from "../model/file-tree.ts";
import { asObject } from "../model/json.ts";
import type { Manifest, ManifestScope } from "./manifest.ts";
import { DEPENDENCIES, readManifest } from "./manifest.ts";
import { upward } from "./upward.ts";

/** What was found once, by folder: the packages of a workspace, and their folders by name. */
export type KnownWorkspaces = Map<string, Promise<ReadonlyMap<string, string>>>;

interface LocalScope extends ManifestScope {
  root: string;
  workspaces: KnownWorkspaces;
}

/**
 * The folder of the project that a package's name leads to without any installation: a dependency
 * that is given by its path, or a package of the workspace. Null for a package from elsewhere.
 */
export async function findLocalPackage(
  name: string,
  given: { from: string; scope: LocalScope },
): Promise<string | null> {
  const { from, scope } = given;
  const { root, workspaces } = scope;
  for (const folder of upward(dirname(from), root)) {
    const manifest = await readManifest(folder, scope);
    const linked = manifest === null ? null : linkedFolder(name, manifest);
    if (linked !== null) return linked;
    const known = workspaces.get(folder) ?? listWorkspace(folder, { manifest, scope });
    workspaces.set(folder, known);
    const found = (await known).get(name);
    if (found !== undefined) return found;
  }
  return null;
}

function linkedFolder(name: string, { folder, value }: Manifest): string | null {
  for (const key of DEPENDENCIES) {
    const specs = asObject(value[key]);
    const spec = Object.hasOwn(specs, name) ? specs[name] : null;
    const path = typeof spec === "string" ? /^(?:file|link|portal):(.+)$/.exec(spec)?.[1] : null;
    if (path) return resolve(folder, path);
  }
  return null;
}

async function listWorkspace(
  folder: string,
  { manifest, scope }: { manifest: Manifest | null; scope: LocalScope },
): Promise<ReadonlyMap<string, string>> {
  const { tree, root } = scope;
  const patterns = [...declaredPatterns(manifest), ...(await pnpmPatterns(folder, tree))];
  const found = new Map<string, string>();
  for (const pattern of patterns) {
    const segments = pattern.split("/").filter((segment) => segment !== "" && segment !== ".");
    // A stranger's pattern must not look through the folders of whoever reviews it.
    if (segments.includes("..")) continue;
    for (const path of await foldersMatching(folder, { segments, depth: 0, tree, root })) {
      const name = (await readManifest(path, scope))?.name ?? null;
      if (name !== null && !found.has(name)) found.set(name, path);
    }
  }
  return found;
}

function declaredPatterns(manifest: Manifest | null): string[] {
  const workspaces = manifest?.value["workspaces"];
  const list = Array.isArray(workspaces) ? workspaces : asObject(workspaces)["packages"];
  return Array.isArray(list) ? list.filter((pattern) => typeof pattern === "string") : [];
}

/** Its only list is that of the packages; what excludes some of them may be passed over. */
async function pnpmPatterns(folder: string, tree: FileTree): Promise<string[]> {
  const file = join(folder, "pnpm-workspace.yaml");
  if ((await tree.stat(file))?.kind !== "file") return [];
  const text = new TextDecoder().decode(await tree.read(file));
  return [...text.matchAll(/^\s*-\s*["']?([^"'#\s!]+)/gm)].map(([, pattern = ""]) => pattern);
}

const MAX_DEPTH = 6;

interface Search {
  /** Of the pattern, those that are still to be matched. */
  segments: readonly string[];
  depth: number;
  tree: FileTree;
  root: string;
}

async function foldersMatching(
  folder: string,
  { segments, depth, tree, root }: Search,
): Promise<string[]> {
  const [segment, ...rest] = segments;
  const real = await tree.realpath(folder);
  // A link may lead anywhere.
  if (real === null || pathBelow(root, real) === null) return [];
  if (segment === undefined) return [folder];
  if (depth > MAX_DEPTH) return [];
  const next = { segments: rest, depth: depth + 1, tree, root };
  if (!segment.includes("*")) return foldersMatching(join(folder, segment), next);
  if ((await tree.stat(folder))?.kind !== "folder") return [];
  const found = segment === "**" ? await foldersMatching(folder, next) : [];
  const [head = "", ...tails] = segment.split("*");
  const tail = tails.at(-1) ?? "";
  for (const { name, kind } of await tree.list(folder)) {
    if (kind !== "folder" || name === "node_modules" || name.startsWith(".")) continue;
    if (!name.startsWith(head) || !name.endsWith(tail)) continue;
    const below = segment === "**" ? { ...next, segments } : next;
    found.push(...(await foldersMatching(join(folder, name), below)));
  }
  return found;
}
