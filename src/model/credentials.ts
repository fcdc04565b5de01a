/** A stretch of a text, in UTF-16 code units; `end` is exclusive. */
export interface Stretch {
  start: number;
  end: number;
}

/** Whether a value of this name is a secret: `API_TOKEN`, `db-password`, not `TOKEN_FILE`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !ABOUT_SECRET.test(name);
}

/** Whether it may be one: too vague for a warning, and hidden all the same where it is shown. */
export function mayBeSecretName(name: string): boolean {
  return SECRET_NAME.test(name) || VAGUE_NAME.test(name);
}

/**
 * The credentials in any text: tokens of known forms, and passwords and tokens in addresses. For
 * what a shell reads there is `credentialsInCommand`: this one takes `$(…)` for a part of a password.
 */
export function credentialsIn(text: string): Stretch[] {
  const found = [...tokensIn(text), ...matches(PRIVATE_KEY, text)];
  if (text.includes("@")) found.push(...valueMatches(PASSWORD_IN_ADDRESS, text));
  if (text.includes("=")) found.push(...valueMatches(QUERY, text));
  return mergeStretches(found);
}

/** Tokens of known forms, which hold no character that means anything to a shell. */
export function tokensIn(text: string): Stretch[] {
  // Most texts are short and plain; a look for the pattern costs more than this.
  return text.length < SHORTEST_TOKEN ? [] : matches(TOKEN, text);
}

/** Writes something else in place of stretches of a text, which are in order and do not overlap. */
export function hideStretches(
  text: string,
  stretches: readonly Stretch[],
  mark: (hidden: string) => string,
): string {
  let shown = "";
  let from = 0;
  for (const { start, end } of stretches) {
    shown += text.slice(from, start) + mark(text.slice(start, end));
    from = end;
  }
  return shown + text.slice(from);
}

/** In order, without overlaps. */
export function mergeStretches(stretches: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const next of [...stretches].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && next.start < last.end) last.end = Math.max(last.end, next.end);
    else result.push({ ...next });
  }
  return result;
}

/** What a pattern finds. */
export function matches(pattern: RegExp, text: string): Stretch[] {
  return [...text.matchAll(pattern)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/**
 * The group `value` of what a pattern finds, if it is a secret and not what stands for one. A group
 * `name`, if there is one, must be the name of a secret. The pattern has the flags `d` and `g`.
 */
export function valueMatches(pattern: RegExp, text: string): Stretch[] {
  return [...text.matchAll(pattern)].flatMap(({ groups = {}, indices }) => {
    const { name, value = "" } = groups;
    const span = indices?.groups?.["value"];
    const named = name === undefined || isSecretName(name);
    return span !== undefined && named && isLiteral(value)
      ? [{ start: span[0], end: span[1] }]
      : [];
  });
}

/** What is no variable, placeholder, file or setting, which stand for a secret without being it. */
export function isLiteral(value: string): boolean {
  return value !== "" && !STAND_IN.test(value) && !SETTING.test(value);
}

const SHORTEST_TOKEN = 15;

const SECRET_NAME =
  /token|secret|passw|passphrase|pwd|credential|cookie|authorization|private[-_]?key|api[-_]?key|access[-_]?key|(?:^|[-_])(?:auth|pass)(?:[-_]|$)/i;
const ABOUT_SECRET =
  /[-_](?:file|path|dir|name|url|uri|endpoint|header|type|length|limit|count|ttl|lifetime|expiry|timeout|days|hours|minutes|seconds)$/i;
const VAGUE_NAME = /signature|bearer|private|(?:^|[-_])key(?:[-_]|$)/i;

/**
 * Each pattern starts where a word does, so that a text of a megabyte is read once and not once
 * for each of its characters.
 */
const TOKEN =
  /(?<![\w-])(?:gh[opsur]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|(?:AKIA|ASIA)[A-Z0-9]{16}(?!\w)|xox[abeprs]-[A-Za-z0-9-]{10,}|[rs]k_live_[A-Za-z0-9]{10,}|glpat-[\w-]{16,}|npm_[A-Za-z0-9]{36}(?!\w)|eyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?)/g;
const PRIVATE_KEY =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g;

/** `scheme://user:password@host`. */
const PASSWORD_IN_ADDRESS = /:\/\/[^\s/:@]*:(?<value>[^\s/?#"'`]+)@/dg;
const QUERY = /[?&](?<name>[\w.-]{1,64})=(?<value>[^\s&#"'`]+)/dg;

const STAND_IN = /^(?:[$`{<%*@/~-]|\.{1,2}\/|\\\$|(?:env|file|id|type|src):|(?:id|type|src)=)/;
const SETTING = /^(?:true|false|yes|no|on|off|none|null|\d{1,2})$/i;
