import { hash } from "node:crypto";
import { dirname, join, resolve } from "node:path";
import { SchedulerError } from "../model/errors.ts";
import type { FileTree } from "../model/file-tree.ts";
import { pathBelow } from "../model/file-tree.ts";
import { shortHash } from "../model/short-hash.ts";

/** A file or a link that a job names. */
export interface NamedFile {
  /** Absolute path. */
  path: string;
  sha256: string;
  /** Of a link, where it leads; empty for a file that is too long to be shown by its lines. */
  text: string;
  /** What it is, where that is more than a file: `link to …`, `submodule at …`, `executable`. */
  is?: string;
}

/**
 * What stands at paths inside of a repository: the files, and on the way to them the links, and the
 * submodule that the way leads into, each once and sorted. Folders are not compared: what is in them is mostly made by runs.
 */
export async function namedFiles(
  paths: readonly string[],
  { root, tree, known }: { root: string; tree: FileTree; known: KnownFiles },
): Promise<NamedFile[]> {
  const found = new Map<string, NamedFile>();
  for (const path of paths) {
    const finding = known.get(path) ?? filesAt(path, { root, tree });
    known.set(path, finding);
    for (const file of await finding) found.set(file.path, file);
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What was found once, by path: many jobs name the same. */
export type KnownFiles = Map<string, Promise<readonly NamedFile[]>>;

/** Nothing where the path cannot be looked at, as one that is too long: it is no path then. */
async function filesAt(
  path: string,
  { root, tree }: { root: string; tree: FileTree },
): Promise<readonly NamedFile[]> {
  const found = new Map<string, NamedFile>();
  try {
    await visit(path, { root, tree, found, hops: 0 });
  } catch (error) {
    if (error instanceof SchedulerError) throw error;
  }
  return [...found.values()];
}

interface Visit {
  root: string;
  tree: FileTree;
  found: Map<string, NamedFile>;
  /** Links followed so far. */
  hops: number;
}

const MAX_HOPS = 40;

async function visit(path: string, options: Visit): Promise<void> {
  const { root, tree, found, hops } = options;
  const below = pathBelow(root, path);
  if (below === null || below === "" || found.has(path)) return;
  const segments = below.split("/");
  let place = root;
  for (const [index, segment] of segments.entries()) {
    place = join(place, segment);
    const target = await tree.readlink(place);
    const mark = await markAt(place, tree);
    if (mark !== null) found.set(place, mark);
    if (target === null && mark !== null) return;
    if (target === null) continue;
    if (hops >= MAX_HOPS) return;
    const rest = segments.slice(index + 1);
    await visit(resolve(dirname(place), target, ...rest), { ...options, hops: hops + 1 });
    return;
  }
  const file = await readNamed(path, tree);
  if (file !== null) found.set(path, file);
}

/** The link or the submodule of the project that stands at a path; null where none does. */
export async function markAt(path: string, tree: FileTree): Promise<NamedFile | null> {
  const target = await tree.readlink(path);
  if (target !== null) {
    const sha256 = hash("sha256", `link\0${target}`);
    return (await belongs(path, tree)) ? markOf(path, { is: `link to ${target}`, sha256 }) : null;
  }
  const commit = (await tree.submodule?.(path)) ?? null;
  if (commit === null) return null;
  return markOf(path, { is: `submodule at ${shortHash(commit)}`, sha256: commit });
}

/** What leads elsewhere, as a text of one line. */
function markOf(path: string, { is, sha256 }: { is: string; sha256: string }): NamedFile {
  return { path, sha256, text: `${is}\n`, is };
}

/** Longer files are compared, but their lines are not counted. */
const MAX_COUNTED_BYTES = 1024 * 1024;
/** Still longer ones, which are no code, are only compared by their length. */
const MAX_READ_BYTES = 16 * 1024 * 1024;

async function readNamed(path: string, tree: FileTree): Promise<NamedFile | null> {
  const state = await tree.stat(path);
  if (state?.kind !== "file" || !(await belongs(path, tree))) return null;
  const file = await readContent(path, { size: state.size, tree });
  if (!(await tree.isExecutable?.(path))) return file;
  return { ...file, sha256: hash("sha256", `program\0${file.sha256}`), is: "executable" };
}

async function readContent(
  path: string,
  { size, tree }: { size: number; tree: FileTree },
): Promise<NamedFile> {
  if (size > MAX_READ_BYTES) return { path, sha256: hash("sha256", `${size} bytes`), text: "" };
  const bytes = await tree.read(path, MAX_READ_BYTES);
  const text = size > MAX_COUNTED_BYTES ? "" : new TextDecoder().decode(bytes);
  return { path, sha256: hash("sha256", bytes), text };
}

async function belongs(path: string, { tracks }: FileTree): Promise<boolean> {
  return tracks === undefined || tracks(path);
}
