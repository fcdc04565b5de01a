import { join } from "node:path";
import type { FileTree } from "../model/file-tree.ts";
import { pathBelow } from "../model/file-tree.ts";
import type { JsonValue } from "../model/json.ts";
import { asObject, parseObject } from "../model/json.ts";
import { readNeeded } from "./read-needed.ts";
import { upward } from "./upward.ts";

/** The file that fixes the versions of a project's packages. */
export interface LockFile {
  /** Absolute path. */
  path: string;
  text: string;
}

/** That of a very large project; nobody writes these by hand. */
const MAX_LOCK_FILE_BYTES = 30_000_000;

const NAMES = [
  "package-lock.json",
  "npm-shrinkwrap.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "bun.lock",
];

/**
 * All lock files at or above a folder and inside `root`, the nearest first: what one does not have is
 * looked for where the next one put it. What git ignores is no part of the project.
 */
export async function findLockFiles(
  folder: string,
  { root, tree }: { root: string; tree: FileTree },
): Promise<LockFile[]> {
  const found: LockFile[] = [];
  if (pathBelow(root, folder) === null) return found;
  for (const parent of upward(folder, root)) {
    for (const name of NAMES) {
      const path = join(parent, name);
      if ((await tree.stat(path))?.kind !== "file") continue;
      if (tree.tracks !== undefined && !(await tree.tracks(path))) continue;
      found.push({ path, text: await readNeeded(path, { tree, maxBytes: MAX_LOCK_FILE_BYTES }) });
    }
  }
  return found;
}

/**
 * What a lock file says of some packages and of all that these depend on, one package a line; the
 * whole file where its form is not npm's. Two states of it that give the same text bundle the same.
 */
export function lockedPackages({ path, text }: LockFile, names: readonly string[]): string {
  const packages = path.endsWith(".json") ? packagesOf(text) : null;
  if (packages === null) return text;
  const found = new Map<string, string>();
  const waiting = names.flatMap((name) => homesOf(name, packages).map((from) => ({ name, from })));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const key = keyOf(next, packages);
    if (key === null || found.has(key)) continue;
    const entry = asObject(packages[key]);
    found.set(
      key,
      `${key} ${JSON.stringify([entry["version"], entry["resolved"], entry["integrity"]])}`,
    );
    for (const field of ["dependencies", "optionalDependencies", "peerDependencies"]) {
      for (const name of Object.keys(asObject(entry[field]))) waiting.push({ name, from: key });
    }
  }
  return [...found.values()]
    .sort()
    .map((line) => `${line}\n`)
    .join("");
}

function packagesOf(text: string): Record<string, JsonValue> | null {
  const { packages } = parseObject(text);
  return packages === undefined ? null : asObject(packages);
}

/** The folders of the project that have a copy of their own, and the top: any may be the importer's. */
function homesOf(name: string, packages: Record<string, JsonValue>): string[] {
  const end = `/node_modules/${name}`;
  const own = Object.keys(packages).filter((key) => key.endsWith(end));
  const homes = own.map((key) => key.slice(0, -end.length));
  return ["", ...homes.filter((home) => !/(?:^|\/)node_modules\//.test(home))];
}

/** The nearest copy, as Node looks for it: below the package that wants it, then further out. */
function keyOf(
  { name, from }: { name: string; from: string },
  packages: Record<string, JsonValue>,
): string | null {
  for (let folder = from; ; folder = outer(folder)) {
    const key = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (Object.hasOwn(packages, key)) return key;
    if (folder === "") return null;
  }
}

function outer(folder: string): string {
  const at = folder.lastIndexOf("/node_modules/");
  return at === -1 ? "" : folder.slice(0, at);
}
