/**
 * A value as JSON, ending in a line feed, in which no text of a user writes on a terminal or
 * commands a build server: what would not be seen as itself is written as `\uXXXX`, which means
 * the same to every reader of JSON.
 */
export function jsonText(value: object, { indent = 2 }: { indent?: number } = {}): string {
  const text = JSON.stringify(value, null, indent);
  return `${text.replace(UNSEEN, escaped).replace(LOG_COMMAND, (match) => `#${escaped("#")}${match.slice(2)}`)}\n`;
}

/** Between the strings stand line feeds and blanks only; in them, JSON has escaped both. */
const UNSEEN =
  /(?!\n)[\p{Cc}\p{Cs}\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;

const LOG_COMMAND = /##(?:\[|vso\[)/gi;

/** Per UTF-16 unit, since JSON knows no other. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).toUpperCase().padStart(4, "0")}`).join("");
}
