/**
 * `text` with everything that a terminal or a reader would not see as itself made visible: control
 * characters as `\x1B`, characters that turn the direction of text, that are invisible, or that
 * break lines as `\u{202E}`. Whoever writes a name in a file must not write on our output, nor
 * command the machine that keeps it as a log: build servers obey `##[` and `##vso[` anywhere.
 */
export function printable(text: string): string {
  return text.replace(UNSEEN, escaped).replace(LOG_COMMAND, "#\\x23");
}

/**
 * One line for the log of a build server, which takes a line whose first word starts with `::` for
 * an order.
 */
export function logLine(line: string): string {
  return printable(line).replace(/^(\s*):(?=:)/, "$1\\x3A");
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  return code <= 0xff ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex.padStart(4, "0")}}`;
}

/** Joiners (200C, 200D) are left alone: scripts and emoji need them. */
export const UNSEEN: RegExp =
  /[\p{Cc}\p{Cs}\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;

/** The two signs before a command that build servers obey anywhere in a line. */
export const LOG_COMMAND: RegExp = /##(?=\[|vso\[)/gi;
