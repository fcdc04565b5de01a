import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { FileTree } from "../model/file-tree.ts";
import { pathBelow } from "../model/file-tree.ts";
import type { JobSpec } from "../model/job.ts";
import type { NamedFile } from "./named-files.ts";
import { markAt } from "./named-files.ts";

/** A link or a submodule in a folder that a job is granted, or on the way to it. */
export interface GrantedLink extends NamedFile {
  /** What the job may do by it beyond its grant: `read: data/all, a link to /`; null where nothing. */
  leadsOut: string | null;
}

/**
 * The links and submodules on the way to the folders that a plugin is granted, and below them, as
 * far as they belong to the project. Node's permission model follows a link wherever it leads.
 */
export async function grantedLinks(
  { run, permissions }: JobSpec,
  { configDir, root, tree }: { configDir: string; root: string; tree: FileTree },
): Promise<GrantedLink[]> {
  if (run.type !== "plugin") return [];
  const found: GrantedLink[] = [];
  for (const permission of ["read", "write"] as const) {
    const grants = permissions[permission].map((path) => resolve(configDir, path));
    const reals = await Promise.all(grants.map((path) => tree.realpath(path).catch(() => null)));
    const folders = [...grants, ...reals.filter((path) => path !== null)];
    for (const folder of grants) {
      for (const path of await placesIn(folder, { root, tree })) {
        const mark = await markAt(path, tree);
        if (mark === null) continue;
        const target = await tree.readlink(path);
        const isOut = target !== null && leavesAll(target, { path, folders });
        const phrase = `${permission}: ${relative(root, path)}, a ${mark.is}`;
        found.push({ ...mark, leadsOut: isOut ? phrase : null });
      }
    }
  }
  return found;
}

async function placesIn(
  folder: string,
  { root, tree }: { root: string; tree: FileTree },
): Promise<string[]> {
  const real = await tree.realpath(folder).catch(() => null);
  const isOurs = real !== null && pathBelow(root, real) !== null;
  const below = isOurs ? ((await tree.linksBelow?.(real)) ?? []) : [];
  const segments = (pathBelow(root, folder) ?? "").split("/").filter((segment) => segment !== "");
  const onTheWay = segments.map((_, index) => join(root, ...segments.slice(0, index + 1)));
  return [...onTheWay, ...below];
}

/** What is written as a whole path leads elsewhere on each machine, as `..` does behind a link. */
function leavesAll(
  target: string,
  { path, folders }: { path: string; folders: readonly string[] },
): boolean {
  if (isAbsolute(target) || /[^./][^/]*\/+(?:\.?\/+)*\.\.(?:\/|$)/.test(target)) return true;
  const wanted = join(dirname(path), target);
  return folders.every((folder) => pathBelow(folder, wanted) === null);
}
