/** A longer line is split. */
export const MAX_LINE_BYTES = 16_384;

/** A line, or a piece of one that is too long, with the bytes it took. */
export interface TakenLine {
  text: string;
  bytes: number;
  continues?: true;
}

/** The first line of `buffer`; null: its end has not arrived yet. */
export function takeLine(buffer: Buffer): TakenLine | null {
  const newline = buffer.subarray(0, MAX_LINE_BYTES + 1).indexOf(NEWLINE);
  if (newline >= 0) {
    return { text: lineText(buffer.subarray(0, newline + 1)), bytes: newline + 1 };
  }
  if (buffer.length <= MAX_LINE_BYTES) return null;
  const bytes = characterBoundary(buffer, MAX_LINE_BYTES);
  return { text: lineText(buffer.subarray(0, bytes)), bytes, continues: true };
}

/** The end of a line, of `bytes` bytes at most; it begins with a whole character. */
export function lineEnd(line: Buffer, bytes: number): Buffer {
  let from = Math.max(0, line.length - bytes);
  while (from > 0 && ((line[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return line.subarray(from);
}

/**
 * The text of a line without its newline: invalid UTF-8 becomes U+FFFD, and NUL, which PostgreSQL cannot store,
 * becomes its visible picture. Escape sequences are data and stay; views make them harmless.
 */
export function lineText(bytes: Buffer): string {
  const feed = bytes.at(-1) === NEWLINE ? 1 : 0;
  const newline = feed === 1 && bytes.at(-2) === CARRIAGE_RETURN ? 2 : feed;
  return bytes.toString("utf8", 0, bytes.length - newline).replaceAll("\0", "␀");
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The last place at or before `at` where no UTF-8 character is cut; one has at most 4 bytes. */
function characterBoundary(buffer: Buffer, at: number): number {
  for (let place = at; place > at - 4; place -= 1) {
    if (((buffer[place] ?? 0) & 0xc0) !== 0x80) return place;
  }
  return at;
}
