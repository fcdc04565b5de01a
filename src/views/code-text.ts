import type { CodeChange } from "../plan/change.ts";
import type { CodeFile } from "../plan/change.ts";
import { printable } from "./printable.ts";

const FILES_SHOWN = 3;
const UNKNOWN_SHOWN = 3;

/** `code changed (a.ts +1 -2)`, and what of it could not be known, as printable phrases. */
export function codeTexts(code: CodeChange): string[] {
  return [`code changed${filesText(code.files)}`, ...unknownTexts(code)];
}

/** Why the files that are known may not be all of the code; empty where they are. */
export function unknownTexts({ unknown = [] }: CodeChange): string[] {
  if (unknown.length === 0) return [];
  const shown = unknown.slice(0, UNKNOWN_SHOWN).map(printable);
  const left = unknown.length - shown.length;
  const more = left > 0 ? `, and ${left} more` : "";
  return [`its code is not fully known: ${shown.join(", ")}${more}`];
}

function filesText(files: readonly CodeFile[] | null): string {
  if (files === null || files.length === 0) return "";
  const shown = files.slice(0, FILES_SHOWN).map(fileText);
  const left = files.length - FILES_SHOWN;
  if (left > 0) shown.push(`and ${left} more ${left === 1 ? "file" : "files"}`);
  return ` (${shown.join(", ")})`;
}

function fileText({ file, added, removed, note }: CodeFile): string {
  const told = [
    ...(added + removed === 0 ? [] : [`+${added} -${removed}`]),
    ...(note === undefined ? [] : [printable(note)]),
  ];
  // Bytes that are no text differ without a line that does.
  return `${printable(file)} ${told.length === 0 ? "bytes differ" : told.join(", ")}`;
}
