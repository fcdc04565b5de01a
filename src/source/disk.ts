import { readdir, readFile, realpath, stat } from "node:fs/promises";
import type { FileTree } from "../model/file-tree.ts";

/** The files of this machine. */
export const DISK: FileTree = {
  top: null,
  live: true,
  async realpath(path) {
    return realpath(path).catch(nullIfMissing);
  },
  async stat(path) {
    const info = await stat(path).catch(nullIfMissing);
    if (info === null) return null;
    // Two saves within a millisecond, or a file put in another's place, differ.
    const stamp = [info.dev, info.ino, info.size, info.mtimeMs, info.ctimeMs].join(":");
    const kind = info.isFile() ? "file" : info.isDirectory() ? "folder" : "other";
    return { kind, size: info.size, stamp };
  },
  read: (path) => readFile(path),
  async list(path) {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
  },
};

const MISSING: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

function nullIfMissing(error: unknown): null {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (MISSING.has(code)) return null;
  throw error;
}

function kindOf(entry: {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}): "file" | "folder" | "link" | "other" {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "folder";
  return entry.isSymbolicLink() ? "link" : "other";
}
