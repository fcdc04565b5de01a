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
  read(path: string): Promise<Uint8Array>;
  /** In no order. */
  list(path: string): Promise<FolderEntry[]>;
}
