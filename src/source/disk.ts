import { constants } from "node:fs";
import { open, readdir, readlink, realpath, stat } from "node:fs/promises";
import type { FileTree } from "../model/file-tree.ts";
import { fileTooLarge, MAX_FILE_BYTES } from "../model/file-tree.ts";

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
  read: (path, maxBytes = MAX_FILE_BYTES) => readAtMost(path, maxBytes),
  async readlink(path) {
    return readlink(path).catch(nullIfNoLink);
  },
  async list(path) {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
  },
};

/**
 * Reads what was opened, and judges by that: a path may lead elsewhere a moment later. A pipe, which
 * would wait for its writer, and a device, which may never end, are not read; and as some files of
 * the kernel say that they are empty and never end either, no file's word is taken for its size.
 */
async function readAtMost(path: string, maxBytes: number): Promise<Uint8Array> {
  const { O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants;
  await using handle = await open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  const info = await handle.stat();
  if (!info.isFile()) throw new Error("it is not an ordinary file");
  if (info.size > maxBytes) throw fileTooLarge(maxBytes);
  const chunks: Buffer[] = [];
  let length = 0;
  while (length <= maxBytes) {
    const expected = info.size > length ? info.size - length : UNKNOWN_BYTES;
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(inPages(expected)));
    if (bytesRead === 0) return Buffer.concat(chunks);
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  throw fileTooLarge(maxBytes);
}

const PAGE_BYTES = 4_096;
const UNKNOWN_BYTES = 64_000;

/** Whole pages, of which some files of the kernel give no part; and one byte more than expected. */
function inPages(bytes: number): number {
  return (Math.floor(bytes / PAGE_BYTES) + 1) * PAGE_BYTES;
}

const MISSING: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

function nullIfMissing(error: unknown): null {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (MISSING.has(code)) return null;
  throw error;
}

/** What is no link is invalid as one. */
function nullIfNoLink(error: unknown): null {
  const isOther = error instanceof Error && "code" in error && error.code === "EINVAL";
  return isOther ? null : nullIfMissing(error);
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
