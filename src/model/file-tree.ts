/** What stands at a path, links followed. */
export interface FileState {
  kind: "file" | "folder" | "other";
  /** Bytes of a file. */
  size: number;
  /** Differs whenever the content may have changed. */
  stamp: string;
}

export interface FolderEntry {
  name: string;
  kind: "file" | "folder" | "link" | "other";
}

/**
 * Files that can be read: those of the disk, or those of one commit as if they were checked out.
 * Paths are absolute. What fails in the world, such as a missing right, is thrown.
 */
export interface FileTree {
  /** The folder that holds all of it; null for a disk. */
  top: string | null;
  /** Whether files may change while they are read, as they do on a disk. */
  live: boolean;
  /** The path without links; null where nothing stands. A link that leaves the tree is not followed. */
  realpath(path: string): Promise<string | null>;
  /** Null where nothing stands. */
  stat(path: string): Promise<FileState | null>;
  /** The content of an ordinary file. Fails with `EFBIG` beyond `maxBytes`, which is 5 MB if absent. */
  read(path: string, maxBytes?: number): Promise<Uint8Array>;
  /** Where the link at a path leads, as it is written; null where no link stands. */
  readlink(path: string): Promise<string | null>;
  /**
   * Whether what stands at a path belongs to the project and was not put there by an installer or a
   * run. Absent where that is not known; all of a commit does.
   */
  tracks?: (path: string) => Promise<boolean>;
  /** The commit of the submodule that stands at a path; null where none does. Absent without git. */
  submodule?: (path: string) => Promise<string | null>;
  /** Whether the file at a path may be started as a program, as git keeps it. Absent without git. */
  isExecutable?: (path: string) => Promise<boolean>;
  /** The links and submodules in a folder and in those below it, as absolute paths. Absent without git. */
  linksBelow?: (folder: string) => Promise<string[]>;
  /** In no order. */
  list(path: string): Promise<FolderEntry[]>;
}

/** What is read of a file for which nobody says more: enough for any code that people write. */
export const MAX_FILE_BYTES = 5_000_000;

/** Why a file is not read: it has more than `maxBytes`. */
export function fileTooLarge(maxBytes: number): Error {
  const message = `it is larger than ${maxBytes / 1_000_000} MB`;
  return Object.assign(new Error(message), { code: "EFBIG" });
}

/** Whether a reading failed because the file has more bytes than may be read. */
export function isFileTooLarge(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EFBIG";
}

/**
 * The way from a folder down to a path, with `/` between: empty for the folder itself, null for what
 * is not in it. Both are absolute; links are not looked at.
 */
export function pathBelow(folder: string, path: string): string | null {
  const above = segmentsOf(folder);
  const segments = segmentsOf(path);
  const isBelow = above.every((segment, index) => segments[index] === segment);
  return isBelow ? segments.slice(above.length).join("/") : null;
}

function segmentsOf(path: string): string[] {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(segment);
  }
  return segments;
}
