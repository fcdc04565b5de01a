import { hash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { decodeConfig, fileDiagnostic, MAX_CONFIG_BYTES, tooLarge } from "../config/decode.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { errorMessage } from "../model/errors.ts";

/** The content of a config file, or why there is none. */
export interface FileContent {
  /** Null when the file could not be read as text. */
  text: string | null;
  /** sha256 of the bytes in hex; empty when there are none. */
  hash: string;
  diagnostic: Diagnostic | null;
}

/** Reads a config file; `displayName` is the name that diagnostics use. Never throws. */
export async function readConfigFile(file: string, displayName: string): Promise<FileContent> {
  try {
    const info = await stat(file);
    // A pipe would block, a device would never end.
    if (!info.isFile()) return failed(notAFile(info.isDirectory(), displayName));
    if (info.size > MAX_CONFIG_BYTES) return failed(tooLarge(info.size, displayName));
    const bytes = await readFile(file);
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

function cannotRead(error: unknown, file: string): Diagnostic {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const missing = code === "ENOENT" || code === "ENOTDIR";
  return fileDiagnostic(file, {
    rule: missing ? "config/missing" : "config/unreadable",
    message: missing ? "there is no such file" : `the file cannot be read: ${errorMessage(error)}`,
    help: missing
      ? "write it, or name another with -c FILE"
      : "let the user that runs the scheduler read it",
  });
}
