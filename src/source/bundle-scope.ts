import { dirname, isAbsolute, join, relative, sep } from "node:path";
import type { FileTree } from "../model/file-tree.ts";

/** The folder that a plugin's imports must stay in: the nearest above with .git or package.json. */
export async function findProjectRoot(folder: string, tree: FileTree): Promise<string> {
  for (let parent = folder; ; parent = dirname(parent)) {
    if (parent === tree.top) return parent;
    for (const mark of [".git", "package.json"]) {
      if ((await tree.stat(join(parent, mark))) !== null) return parent;
    }
    if (parent === dirname(parent)) return folder;
  }
}

/**
 * Whether a file may become part of a job's code. The bundler reads with the rights of the
 * scheduler: a file of code or JSON from elsewhere would reach the job without its `read`
 * permission. `root` is the project's, `folder` the one that holds the plugin directory.
 */
export function mayBeBundled(file: string, options: { root: string; folder: string }): boolean {
  if (isInside(file, options.root) || isInside(file, options.folder)) return true;
  for (let folder = options.folder; ; folder = dirname(folder)) {
    if (isInside(file, join(folder, "node_modules"))) return true;
    if (folder === dirname(folder)) return false;
  }
}

function isInside(file: string, folder: string): boolean {
  const path = relative(folder, file);
  return path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}
