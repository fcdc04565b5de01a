/** Of a longer text only so much is sent. */
export const MAX_TEXT_CHARACTERS: number = 16_384;

const MARK = "…";

/** A text as it is sent; one that is too long is cut, and a mark says so. */
export function shorten(text: string): string {
  return text.length > MAX_TEXT_CHARACTERS ? text.slice(0, MAX_TEXT_CHARACTERS) + MARK : text;
}

/** What was left of a text that was cut, without the mark; null: it was not. */
export function shortened(text: string): { kept: string; mark: string } | null {
  const cut = text.length > MAX_TEXT_CHARACTERS && text.endsWith(MARK);
  return cut ? { kept: text.slice(0, -MARK.length), mark: MARK } : null;
}
