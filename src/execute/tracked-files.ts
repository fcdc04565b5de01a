import { existsSync, lstatSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { SchedulerError } from "../model/errors.ts";
import type { FileTree } from "../model/file-tree.ts";
import { pathBelow } from "../model/file-tree.ts";
import { runGit } from "./git-command.ts";

/**
 * What git knows of the files of a checkout. A file is or may become part of a commit where it is in
 * the index, or is new and not ignored. What stands in `node_modules` without being in the index was
 * installed. The index is read once, when it is first asked for.
 */
export function trackedFiles(
  root: string,
): Required<Pick<FileTree, "tracks" | "submodule" | "isExecutable" | "linksBelow">> {
  let index: Promise<Index> | null = null;
  let modesCount: Promise<boolean> | null = null;
  const known = new Map<string, Promise<boolean>>();
  const entryAt = async (path: string): Promise<IndexEntry | undefined> => {
    index ??= readIndex(root);
    return (await index).get(pathBelow(root, path) ?? "");
  };
  return {
    async tracks(path) {
      const name = pathBelow(root, path);
      if (name === null) return false;
      if ((await entryAt(path)) !== undefined) return true;
      if (name.split("/").includes("node_modules")) return false;
      const asked = known.get(name) ?? isNew(root, name);
      known.set(name, asked);
      return asked;
    },
    async submodule(path) {
      const entry = await entryAt(path);
      return entry?.mode === SUBMODULE ? ((await headOf(path)) ?? entry.hash) : null;
    },
    async linksBelow(folder) {
      index ??= readIndex(root);
      return linksBelow(folder, { root, index: await index });
    },
    async isExecutable(path) {
      modesCount ??= countsModes(root);
      if (!(await modesCount)) return (await entryAt(path))?.mode === "100755";
      return ((await stat(path)).mode & OWNER_EXECUTES) !== 0;
    },
  };
}

/** Of what is in the index, and of what is new and not ignored. */
async function linksBelow(folder: string, { root, index }: Below): Promise<string[]> {
  const below = pathBelow(root, folder);
  if (below === null) return [];
  const others = await listFiles(root, [
    "--others",
    "--exclude-standard",
    "--",
    below === "" ? "." : below,
  ]);
  const names = below === "" ? [...index.keys()] : namesBelow(below, index);
  return [...new Set([...names, ...others])]
    .filter((name) => name !== "")
    .filter((name) => index.get(name)?.mode === SUBMODULE || isLink(join(root, name)))
    .map((name) => join(root, name));
}

interface Below {
  root: string;
  index: Index;
}

function namesBelow(folder: string, index: Index): string[] {
  return [...index.keys()].filter((name) => name.startsWith(`${folder}/`));
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** By the path below the root. */
type Index = ReadonlyMap<string, IndexEntry>;

interface IndexEntry {
  mode: string;
  hash: string;
}

const SUBMODULE = "160000";
/** The one bit of the rights that git keeps. */
const OWNER_EXECUTES = 0o100;

async function readIndex(root: string): Promise<Index> {
  const lines = await listFiles(root, ["--cached", "--stage"]);
  return new Map(
    lines.map((line) => {
      const [facts = ""] = line.split("\t", 1);
      const [mode = "", hash = ""] = facts.split(" ");
      return [line.slice(facts.length + 1), { mode, hash }];
    }),
  );
}

/** The commit that is checked out in a submodule; null where nothing is. */
async function headOf(folder: string): Promise<string | null> {
  // Without one of its own, git would take the repository around it.
  if (!existsSync(join(folder, ".git"))) return null;
  const found = await runGit(folder, ["rev-parse", "--verify", "HEAD"]);
  return found.ok ? found.stdout.toString().trim() : null;
}

/** Some file systems show every file as a program, or none. */
async function countsModes(root: string): Promise<boolean> {
  const found = await runGit(root, ["config", "--type=bool", "--get", "core.fileMode"]);
  return !found.ok || found.stdout.toString().trim() !== "false";
}

async function isNew(root: string, name: string): Promise<boolean> {
  const others = await listFiles(root, ["--others", "--exclude-standard", "--", name]);
  return others.includes(name);
}

async function listFiles(root: string, args: readonly string[]): Promise<string[]> {
  const listed = await runGit(root, ["ls-files", "-z", ...args]);
  if (listed.ok) return listed.stdout.toString().split("\0");
  throw new SchedulerError("io", `git cannot list the files of ${root}: ${listed.message}`, {
    help: "see what `git status` says there",
  });
}
