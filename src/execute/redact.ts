/** Shorter values would blank out ordinary words. */
const MIN_SECRET_LENGTH = 6;

const MARK = "[redacted]";

/**
 * Replaces secret values in a line of text, also where they are written as base64 or in a URL.
 * Best effort: a job that means to show a secret can always find another spelling.
 */
export function createRedactor(secrets: readonly string[]): (line: string) => string {
  const found = new Set(secrets.flatMap(linesOf).flatMap(spellings));
  const needles = [...found].sort((a, b) => b.length - a.length);
  if (needles.length === 0) return (line) => line;
  return (line) => needles.reduce((text, needle) => text.replaceAll(needle, MARK), line);
}

/** Output is redacted line by line, so a value of several lines is looked for line by line. */
function linesOf(secret: string): string[] {
  return secret.split(/\r?\n/).filter((line) => line.length >= MIN_SECRET_LENGTH);
}

function spellings(secret: string): string[] {
  const base64 = Buffer.from(secret).toString("base64");
  return [secret, base64, base64.replace(/=+$/, ""), encodeURIComponent(secret)];
}
