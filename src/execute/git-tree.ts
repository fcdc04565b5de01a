import { basename, dirname, join, resolve } from "node:path";
import { SchedulerError } from "../model/errors.ts";
import type { FileState, FileTree, FolderEntry } from "../model/file-tree.ts";
import { fileTooLarge, MAX_FILE_BYTES, pathBelow } from "../model/file-tree.ts";
import { shortHash } from "../model/short-hash.ts";
import type { GitObjects } from "./git-objects.ts";

/**
 * The files of one commit, as if they were checked out at `root`, without checking anything out.
 * Links are followed as far as they stay inside.
 */
export function gitTree(
  objects: GitObjects,
  { root, commit }: { root: string; commit: string },
): FileTree {
  const commitTree: Entry = { kind: "folder", hash: `${commit}^{tree}`, path: root };
  const find = (path: string): Promise<Entry | null> =>
    findEntry(resolve(path), { objects, commitTree, hops: 0 });
  const childAt = async (path: string): Promise<Child | undefined> => {
    const folder = await find(dirname(resolve(path)));
    return folder === null ? undefined : (await entriesOf(folder, objects))?.get(basename(path));
  };
  return {
    top: root,
    live: false,
    async realpath(path) {
      return (await find(path))?.path ?? null;
    },
    async stat(path) {
      const entry = await find(path);
      return entry === null ? null : stateOf(entry, objects);
    },
    async read(path, maxBytes = MAX_FILE_BYTES) {
      const entry = await find(path);
      const object = entry === null ? null : await objects.read(entry.hash, maxBytes);
      if (object?.content) return object.content;
      if (object?.type === "blob") throw fileTooLarge(maxBytes);
      throw new Error(`it cannot be read from commit ${shortHash(commit)}`);
    },
    async readlink(path) {
      const child = await childAt(path);
      if (child?.kind !== "link") return null;
      return (await objects.read(child.hash, MAX_LINK_BYTES))?.content?.toString() ?? null;
    },
    tracks: async () => true,
    async linksBelow(path) {
      const entry = await find(path);
      if (entry === null) return [];
      const names = await linksIn(entry, { objects, known: new Map(), entries: 0 });
      return names.map((name) => join(entry.path, name));
    },
    async submodule(path) {
      const child = await childAt(path);
      return child?.kind === "other" ? child.hash : null;
    },
    async isExecutable(path) {
      return (await childAt(path))?.executable === true;
    },
    async list(path) {
      const entry = await find(path);
      const entries = entry === null ? null : await entriesOf(entry, objects);
      return [...(entries?.values() ?? [])].map(({ name, kind }) => ({ name, kind }));
    },
  };
}

interface Entry {
  kind: FolderEntry["kind"];
  /** Of the blob or the tree, in whatever form git takes it. */
  hash: string;
  /** Absolute, without links. */
  path: string;
}

interface Search {
  objects: GitObjects;
  commitTree: Entry;
  /** Links followed so far. */
  hops: number;
}

const MAX_HOPS = 40;
/** No path that a system takes is longer. */
const MAX_LINK_BYTES = 4_096;
/** That of a folder with tens of thousands of files. */
const MAX_TREE_BYTES = 4_000_000;

async function findEntry(path: string, search: Search): Promise<Entry | null> {
  const { objects, commitTree, hops } = search;
  const below = pathBelow(commitTree.path, path);
  if (below === null) return outside(path);
  if (below === "") return commitTree;
  let entry: Entry = commitTree;
  const segments = below.split("/");
  for (const [index, segment] of segments.entries()) {
    const child = (await entriesOf(entry, objects))?.get(segment);
    if (child === undefined) return null;
    entry = { kind: child.kind, hash: child.hash, path: join(entry.path, segment) };
    if (entry.kind !== "link") continue;
    if (hops >= MAX_HOPS) return null;
    const target = (await objects.read(entry.hash, MAX_LINK_BYTES))?.content?.toString() ?? "";
    const rest = segments.slice(index + 1);
    const followed = join(resolve(dirname(entry.path), target), ...rest);
    return findEntry(followed, { ...search, hops: hops + 1 });
  }
  return entry;
}

/** It may exist on some machine, but it is no part of the commit, and is never read. */
function outside(path: string): Entry {
  return { kind: "other", hash: "", path };
}

async function stateOf(entry: Entry, objects: GitObjects): Promise<FileState> {
  if (entry.kind === "folder") return { kind: "folder", size: 0, stamp: entry.hash };
  if (entry.kind !== "file") return { kind: "other", size: 0, stamp: "" };
  const size = (await objects.sizeOf(entry.hash)) ?? 0;
  return { kind: "file", size, stamp: `git:${entry.hash}` };
}

interface Child {
  name: string;
  kind: FolderEntry["kind"];
  hash: string;
  executable: boolean;
}

const parsed = new WeakMap<Buffer, Map<string, Child>>();

/** The entries of a tree; null where the entry is none. */
async function entriesOf(entry: Entry, objects: GitObjects): Promise<Map<string, Child> | null> {
  if (entry.kind !== "folder") return null;
  const object = await objects.read(entry.hash, MAX_TREE_BYTES);
  if (object?.type !== "tree" || object.content === null) return null;
  // All hashes of a repository are of one length.
  const hashBytes = (/^[0-9a-f]*/.exec(entry.hash)?.[0].length ?? 0) / 2;
  const known = parsed.get(object.content) ?? parseTree(object.content, hashBytes);
  parsed.set(object.content, known);
  return known;
}

/** A tree is a row of `MODE NAME NUL HASH`, the hash in bytes: 20 of SHA-1 or 32 of SHA-256. */
function parseTree(content: Buffer, hashBytes: number): Map<string, Child> {
  const entries = new Map<string, Child>();
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at);
    const end = content.indexOf(0, space + 1);
    const next = end + 1 + hashBytes;
    const mode = content.toString("latin1", at, space).padStart(6, "0");
    const kind = KINDS[mode.slice(0, 2)];
    if (space === -1 || end === -1 || next > content.length || kind === undefined) break;
    const name = content.toString("utf8", space + 1, end);
    const hash = content.toString("hex", end + 1, next);
    entries.set(name, { name, kind, hash, executable: mode === "100755" });
    at = next;
  }
  return entries;
}

interface Walk {
  objects: GitObjects;
  /** Found once, by the hash of the tree: folders of a commit may be copies of one another. */
  known: Map<string, readonly string[]>;
  /** How many were looked at. */
  entries: number;
}

const MAX_ENTRIES = 500_000;
const MAX_LINKS = 10_000;

/** The links and submodules in a folder and in those below it, relative to it. */
async function linksIn(folder: Entry, walk: Walk): Promise<readonly string[]> {
  const before = walk.known.get(folder.hash);
  if (before !== undefined) return before;
  const found: string[] = [];
  for (const { name, kind, hash } of (await entriesOf(folder, walk.objects))?.values() ?? []) {
    walk.entries += 1;
    if (kind === "link" || kind === "other") found.push(name);
    if (kind === "folder") {
      const below = await linksIn({ kind, hash, path: join(folder.path, name) }, walk);
      found.push(...below.map((link) => `${name}/${link}`));
    }
    if (walk.entries > MAX_ENTRIES || found.length > MAX_LINKS) throw tooMany(folder.path);
  }
  walk.known.set(folder.hash, found);
  return found;
}

function tooMany(path: string): SchedulerError {
  const message = `${path} has more files or links than can be looked at for where they lead`;
  return new SchedulerError("io", message, { help: "grant a smaller folder" });
}

/** By the first two digits of the mode. What a submodule holds cannot be read here. */
const KINDS: Partial<Record<string, FolderEntry["kind"]>> = {
  "04": "folder",
  "10": "file",
  "12": "link",
  "16": "other",
};
