import { join } from "node:path";
import type { FileTree } from "../model/file-tree.ts";
import { pathBelow } from "../model/file-tree.ts";
import { upward } from "./upward.ts";

/** The folder that a plugin's imports must stay in: the nearest above with .git or package.json. */
export async function findProjectRoot(folder: string, tree: FileTree): Promise<string> {
  for (const parent of upward(folder)) {
    if (parent === tree.top) return parent;
    for (const mark of [".git", "package.json"]) {
      if ((await tree.stat(join(parent, mark))) !== null) return parent;
    }
  }
  return folder;
}

/**
 * Whether a file may become part of a job's code. The bundler reads with the rights of the
 * scheduler: a file of code or JSON from elsewhere would reach the job without its `read`
 * permission. `root` is the project's, `folder` the one that holds the plugin directory.
 */
export function mayBeBundled(file: string, options: { root: string; folder: string }): boolean {
  const { root, folder } = options;
  const packages = upward(folder).map((above) => join(above, "node_modules"));
  return [root, folder, ...packages].some((allowed) => pathBelow(allowed, file) !== null);
}
