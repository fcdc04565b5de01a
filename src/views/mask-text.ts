import { credentialsInCommand, hideStretches, mayBeSecretName } from "../model/credentials.ts";

const MASK = "***";

/**
 * A line of a config file without the literal credential in it: the value behind a key with such a
 * name, and what looks like one anywhere. What is looked up (`{env: NAME}`) stays.
 */
export function maskLine(line: string): string {
  const masked = line.replace(PAIR, (whole: string, key: string, between: string) =>
    mayBeSecretName(key) ? `${key}${between}${MASK}` : whole,
  );
  return hideStretches(masked, credentialsInCommand(masked), MASK);
}

/** The same with the hidden part as long as it was, so that what stands below a column stays there. */
export function hideInLine(line: string): string {
  const hidden = line.replace(PAIR, (whole: string, key: string, between: string) =>
    mayBeSecretName(key) ? (key + between).padEnd(whole.length, "*") : whole,
  );
  return credentialsInCommand(hidden).reduce(
    (text, { start, end }) => text.slice(0, start) + "*".repeat(end - start) + text.slice(end),
    hidden,
  );
}

/** A key with a value on its line that is no map, list, block, alias or anchor. */
const PAIR = /(?<![\w.-])([\w.-]+)(["']?\s*:\s+["']?)(?![\s{[|>&*"'])[^\s,}\]#"'][^,}\]#"']*/g;
