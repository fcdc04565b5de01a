import { join } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { FileTree } from "../model/file-tree.ts";
import { upward } from "./upward.ts";

/**
 * The file of Yarn's Plug'n'Play by which the bundler would look up all packages, wherever that file
 * says that they are: it takes the nearest at or above the folder that it works in. Null without one.
 */
export async function findPlugAndPlay(
  folder: string,
  { tree }: { tree: FileTree },
): Promise<string | null> {
  for (const parent of upward(folder, tree.top)) {
    for (const name of NAMES) {
      const path = join(parent, name);
      if ((await tree.stat(path)) !== null) return path;
    }
  }
  return null;
}

/** What the code of packages is under Plug'n'Play is not known to a review, so that none is taken. */
export function refusedPlugAndPlay(
  specifier: string,
  path: string,
): Pick<Diagnostic, "rule" | "message" | "help"> & { rule: "plugin/pnp"; help: string } {
  return {
    rule: "plugin/pnp",
    message: `\`${specifier}\` is a package, and ${path} decides which code that is`,
    help: "set `nodeLinker: node-modules` in .yarnrc.yml, run `yarn install`, and remove that file",
  };
}

const NAMES = [".pnp.data.json", ".pnp.cjs", ".pnp.js"];
