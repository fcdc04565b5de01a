import { basename, dirname, join } from "node:path";
import type { FileTree } from "../model/file-tree.ts";
import { pathBelow } from "../model/file-tree.ts";
import { upward } from "./upward.ts";

/**
 * The real path of the checkout that a config file belongs to; null outside of one. A pull request
 * may turn any file into a link, and what a link leads to is shown where it has mistakes: so what a
 * stranger wrote is read only as far as it stays in the checkout.
 */
export async function findConfines(configFile: string, tree: FileTree): Promise<string | null> {
  for (const folder of upward(startOf(configFile))) {
    // A worktree and a submodule have a file `.git`, a clone has a directory.
    const isTop = (await tree.stat(join(folder, ".git"))) !== null;
    if (isTop) return tree.realpath(folder);
  }
  return null;
}

/** Whether a real path leads out of a checkout, or into what git keeps there, such as passwords. */
export function isOutside(path: string, top: string): boolean {
  const below = pathBelow(top, path);
  return below === null || below.startsWith(".git/");
}

/** At the place of the convention, the folders may be links as well as the file. */
function startOf(configFile: string): string {
  const folder = dirname(configFile);
  const services = dirname(folder);
  const isUsual = basename(folder) === "scheduler" && basename(services) === "services";
  return isUsual ? dirname(services) : folder;
}
