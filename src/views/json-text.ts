import { LOG_COMMAND, UNSEEN } from "./printable.ts";

/**
 * A value as JSON, ending in a line feed, in which no text of a user writes on a terminal or
 * commands a build server: what would not be seen as itself is written as `\uXXXX`, which means
 * the same to every reader of JSON.
 */
export function jsonText(value: object, { indent = 2 }: { indent?: number } = {}): string {
  const text = JSON.stringify(value, null, indent);
  return `${text.replace(UNSEEN, escapedInText).replace(LOG_COMMAND, `#${escaped("#")}`)}\n`;
}

/** Between the strings stand line feeds and blanks only; in them, JSON has escaped both. */
function escapedInText(character: string): string {
  return character === "\n" ? character : escaped(character);
}

/** Per UTF-16 unit, since JSON knows no other. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).toUpperCase().padStart(4, "0")}`).join("");
}
