import type { Diagnostic } from "../model/diagnostic.ts";
import { LineTable, type Finding } from "./place.ts";

/** A larger file is refused before it is parsed: parsing would stop the program for long. */
export const MAX_CONFIG_BYTES = 4_000_000;

/**
 * The text of a config file's bytes, without a byte order mark; or why it is not text, with the
 * place of the first byte that is not.
 */
export function decodeConfig(bytes: Uint8Array, file: string): { text: string } | Diagnostic {
  if (bytes.length > MAX_CONFIG_BYTES) return tooLarge(bytes.length, file);
  const invalid = firstInvalidByte(bytes);
  if (invalid === null) return { text: new TextDecoder().decode(bytes) };
  const before = new TextDecoder().decode(bytes.subarray(0, invalid));
  const finding: Finding = {
    severity: "error",
    rule: "yaml/encoding",
    message:
      bytes[invalid] === 0
        ? "the file has a NUL byte, which text cannot have"
        : "the file is not valid UTF-8 here",
    help: "save the file as UTF-8",
  };
  return new LineTable(file, before).diagnostic(finding, {
    start: before.length,
    end: before.length + 1,
  });
}

/** The diagnostic of a file that is not read at all. */
export function tooLarge(byteCount: number, file: string): Diagnostic {
  const isKnown = byteCount > MAX_CONFIG_BYTES + 1;
  const megabytes = isKnown
    ? (byteCount / 1_000_000).toFixed(1)
    : `more than ${MAX_CONFIG_BYTES / 1_000_000}`;
  return fileDiagnostic(file, {
    rule: "yaml/too-large",
    message: `the file has ${megabytes} MB; at most ${MAX_CONFIG_BYTES / 1_000_000} MB are read`,
    help: "give the schedule to several projects, each with its own file",
  });
}

/** A mistake of the file as a whole, shown at its first character. */
export function fileDiagnostic(file: string, found: Omit<Finding, "severity">): Diagnostic {
  const finding: Finding = { severity: "error", ...found };
  return new LineTable(file, "").diagnostic(finding, { start: 0, end: 1 });
}

function firstInvalidByte(bytes: Uint8Array): number | null {
  const nul = bytes.indexOf(0);
  const end = nul === -1 ? bytes.length : nul;
  if (isUtf8(bytes.subarray(0, end))) return nul === -1 ? null : nul;
  let valid = 0;
  let invalid = end;
  // The longest prefix that decodes, by halving; a cut inside a character is not an error of it.
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (isUtf8(bytes.subarray(0, middle), { stream: true })) valid = middle;
    else invalid = middle;
  }
  return invalid === end && isUtf8(bytes.subarray(0, end), { stream: true })
    ? end - 1
    : invalid - 1;
}

function isUtf8(bytes: Uint8Array, options: { stream?: boolean } = {}): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, options);
    return true;
  } catch {
    return false;
  }
}
