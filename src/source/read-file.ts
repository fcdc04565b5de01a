import { hash } from "node:crypto";
import { decodeConfig, fileDiagnostic, MAX_CONFIG_BYTES, tooLarge } from "../config/decode.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { isFileTooLarge, type FileTree } from "../model/file-tree.ts";
import { errorMessage, SchedulerError } from "../model/errors.ts";
import { isOutside } from "./confines.ts";

/** The content of a config file, or why there is none. */
export interface FileContent {
  /** Null when the file could not be read as text. */
  text: string | null;
  /** sha256 of the bytes in hex; empty when there are none. */
  hash: string;
  diagnostic: Diagnostic | null;
}

/**
 * Reads a config file; `displayName` is the name that diagnostics use. One whose real path leads out
 * of `confines` is not read.
 *
 * @throws SchedulerError where the tree as a whole cannot be read, as without git.
 */
export async function readConfigFile(
  file: string,
  given: { displayName: string; tree: FileTree; confines?: string | null },
): Promise<FileContent> {
  const { displayName, tree, confines = null } = given;
  try {
    const path = confines === null ? null : await tree.realpath(file);
    if (confines !== null && path !== null && isOutside(path, confines)) {
      return failed(outside(displayName));
    }
    const state = await tree.stat(file);
    if (state === null) return failed(missing(displayName));
    // A pipe would block, a device would never end.
    if (state.kind !== "file") return failed(notAFile(state.kind === "folder", displayName));
    if (state.size > MAX_CONFIG_BYTES) return failed(tooLarge(state.size, displayName));
    const bytes = await tree.read(file, MAX_CONFIG_BYTES);
    const decoded = decodeConfig(bytes, displayName);
    const sha256 = hash("sha256", bytes);
    if ("text" in decoded) return { text: decoded.text, hash: sha256, diagnostic: null };
    return { text: null, hash: sha256, diagnostic: decoded };
  } catch (error) {
    return failed(cannotRead(error, displayName));
  }
}

function failed(diagnostic: Diagnostic): FileContent {
  return { text: null, hash: "", diagnostic };
}

function notAFile(isDirectory: boolean, file: string): Diagnostic {
  return fileDiagnostic(file, {
    rule: "config/not-a-file",
    message: isDirectory
      ? "this is a directory, not a config file"
      : "this is not an ordinary file",
    help: "name the file itself, such as services/scheduler/config.yaml",
  });
}

function outside(file: string): Diagnostic {
  return fileDiagnostic(file, {
    rule: "config/outside",
    message: "this is a link that leads out of its git checkout, and is not read",
    help: "put the file itself into the checkout, or name the file it leads to with -c FILE",
  });
}

function missing(file: string): Diagnostic {
  return fileDiagnostic(file, {
    rule: "config/missing",
    message: "there is no such file",
    help: "write it, or name another with -c FILE",
  });
}

function cannotRead(error: unknown, file: string): Diagnostic {
  // Where the tree itself fails, the file is not to blame.
  if (error instanceof SchedulerError) throw error;
  // It went between the look and the reading.
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return missing(file);
  // It grew since, or it is one that does not say how large it is.
  if (isFileTooLarge(error)) return tooLarge(MAX_CONFIG_BYTES + 1, file);
  return fileDiagnostic(file, {
    rule: "config/unreadable",
    message: `the file cannot be read: ${errorMessage(error)}`,
    help: "let the user that runs the scheduler read it",
  });
}
