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

/** The credentials in any text: tokens of known forms, and passwords and tokens in addresses. */
export function credentialsIn(text: string): Stretch[] {
  // Most texts are short and plain; each look for a pattern costs more than this.
  const found =
    text.length < SHORTEST_TOKEN ? [] : [...matches(TOKEN, text), ...matches(PRIVATE_KEY, text)];
  if (text.includes("@")) found.push(...valueMatches(PASSWORD_IN_ADDRESS, text));
  if (text.includes("=")) found.push(...namedMatches(QUERY, text));
  return merged(found);
}

const SHORTEST_TOKEN = 15;

/** The credentials in a line for a shell: those of any text, and what options and the like hold. */
export function credentialsInCommand(line: string): Stretch[] {
  const found = credentialsIn(line);
  if (line.includes("-")) found.push(...valueMatches(OPTION, line));
  if (line.includes("=")) found.push(...namedMatches(ASSIGNMENT, line));
  if (line.includes(":")) found.push(...namedMatches(HEADER, line));
  return merged(found);
}

/** The same in each argument of a list. The value of `--token` may be the next argument, whole. */
export function credentialsInArguments(command: readonly string[]): Stretch[][] {
  return command.map((argument, index) => {
    const start = valueStart(command[index - 1] ?? "", argument);
    return start === null
      ? credentialsInCommand(argument)
      : merged([...credentialsInCommand(argument), { start, end: argument.length }]);
  });
}

/** Where in an argument a secret begins that goes on to its end; null where there is none. */
function valueStart(before: string, argument: string): number | null {
  if (WHOLE_OPTION.test(before)) return isLiteral(argument) ? 0 : null;
  const header = WHOLE_HEADER.exec(argument);
  const option = argument.indexOf("=");
  const isHeader = header !== null && isSecretName(header.groups?.["name"] ?? "");
  const isOption = option > 0 && WHOLE_OPTION.test(argument.slice(0, option));
  if (!isHeader && !isOption) return null;
  const start = isHeader ? (header?.[0].length ?? 0) : option + 1;
  return isLiteral(argument.slice(start)) ? start : null;
}

/** Replaces stretches of a text by `mark`. */
export function hideStretches(text: string, stretches: readonly Stretch[], mark: string): string {
  let shown = "";
  let from = 0;
  for (const { start, end } of stretches) {
    shown += text.slice(from, start) + mark;
    from = end;
  }
  return shown + text.slice(from);
}

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

/** The value of a shell's word: in quotes, or up to a character that ends it. */
const WORD = String.raw`(?:"(?<quoted>[^"]*)"|'(?<single>[^']*)'|(?!-)(?<value>[^\s"'|&;<>()]+))`;
const OPTION_NAME = String.raw`--?(?!-?no-)(?:[\w-]*(?:password|passwd|passphrase|token|secret|api[-_]?key|access[-_]?key|secret[-_]?key|auth[-_]?key)|(?:[\w-]*[-_])?(?:pass|pwd))`;
const OPTION = new RegExp(String.raw`(?<![\w-])${OPTION_NAME}(?:=|[ \t]+)${WORD}`, "dgi");
const WHOLE_OPTION = new RegExp(`^${OPTION_NAME}$`, "i");
/** `PGPASSWORD=… pg_dump`. */
const ASSIGNMENT = new RegExp(String.raw`(?<![\w$-])(?<name>[A-Za-z_]\w*)=${WORD}`, "dg");
/** `-H "Authorization: Bearer …"`. */
const HEADER_NAME = String.raw`(?<name>[\w-]{1,64}):[ \t]*(?:(?:bearer|basic|digest|token)[ \t]+)?`;
const HEADER = new RegExp(String.raw`(?<![\w-])${HEADER_NAME}(?<value>[^\s"'\`]+)`, "dgi");
const WHOLE_HEADER = new RegExp(`^${HEADER_NAME}`, "i");

/** What stands for a secret without being it: a variable, a placeholder, a file, a setting. */
function isLiteral(value: string): boolean {
  return value !== "" && !STAND_IN.test(value) && !SETTING.test(value);
}

const STAND_IN = /^(?:[$`{<%*@/~-]|\.{1,2}\/|\\\$|(?:env|file|id|type|src):|(?:id|type|src)=)/;
const SETTING = /^(?:true|false|yes|no|on|off|none|null|\d{1,2})$/i;

function matches(pattern: RegExp, text: string): Stretch[] {
  return [...text.matchAll(pattern)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
}

function valueMatches(pattern: RegExp, text: string): Stretch[] {
  return [...text.matchAll(pattern)].flatMap((match) => valueOf(match));
}

function namedMatches(pattern: RegExp, text: string): Stretch[] {
  return [...text.matchAll(pattern)].flatMap((match) =>
    isSecretName(match.groups?.["name"] ?? "") ? valueOf(match) : [],
  );
}

/** The group that took part, if it is a secret and not what stands for one. */
function valueOf({ groups = {}, indices }: RegExpMatchArray): Stretch[] {
  for (const name of ["quoted", "single", "value"]) {
    const span = indices?.groups?.[name];
    if (span === undefined) continue;
    return isLiteral(groups[name] ?? "") ? [{ start: span[0], end: span[1] }] : [];
  }
  return [];
}

/** In order, without overlaps. */
function merged(stretches: Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  for (const next of stretches.sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && next.start < last.end) last.end = Math.max(last.end, next.end);
    else result.push({ ...next });
  }
  return result;
}
