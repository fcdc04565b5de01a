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

/** The places that a job's code may come from. */
export interface BundleScope {
  /** The project's folder. */
  root: string;
  /** The one that holds the plugin directory. */
  folder: string;
}

/** Why a file may not become part of a job's code. */
export interface BundleRefusal {
  rule: "plugin/outside" | "plugin/secret";
  /** Goes on from the name of the file. */
  reason: string;
  help: string;
}

/**
 * Null where a file may become part of a job's code. The bundler reads with the rights of the
 * scheduler: a file of code or JSON from elsewhere would reach the job without its `read`
 * permission, and a secret would be stored in the database with the code.
 */
export function refusalOf(file: string, { root, folder }: BundleScope): BundleRefusal | null {
  const packages = upward(folder).map((above) => join(above, "node_modules"));
  const ways = [root, folder, ...packages].map((allowed) => pathBelow(allowed, file));
  const below = ways.find((way) => way !== null);
  if (below === undefined) return OUTSIDE;
  return below.split("/").some((segment) => SECRET.test(segment)) ? HOLDS_SECRETS : null;
}

export function mayBeBundled(file: string, scope: BundleScope): boolean {
  return refusalOf(file, scope) === null;
}

/** What git, the embedded server and people keep keys in: `.env.local`, say. The bundler adds `?raw`. */
const SECRET = /^(?:\.git|\.cronverge|\.env(?:rc)?(?![a-z0-9]).*)$/i;

const OUTSIDE: BundleRefusal = {
  rule: "plugin/outside",
  reason: "is outside of the project",
  help: "copy what it needs into the project, or grant `permissions: {read: […]}` and read it at run time",
};

const HOLDS_SECRETS: BundleRefusal = {
  rule: "plugin/secret",
  reason: "may hold secrets, which would be stored with the code",
  help: "give the job the one value by `env: {KEY: {env: NAME}}` or `env: {KEY: {file: PATH}}`, or grant `permissions: {read: […]}` and read it at run time",
};
