import type { Stretch } from "./credentials.ts";
import {
  isLiteral,
  isSecretName,
  matches,
  mergeStretches,
  tokensIn,
  valueMatches,
} from "./credentials.ts";
import { readPlainWords } from "./plain-words.ts";

/**
 * The credentials in a line for a shell: tokens, passwords in addresses, and what options, variables
 * and headers hold. Nothing that a shell would run is ever a part of one: whoever reviews the line
 * must see the `$(…)` that somebody put behind `--password=`. So a credential ends where a shell
 * would expand something, and it has a blank or a `;` in it only where the quotes leave no doubt.
 */
export function credentialsInCommand(line: string): Stretch[] {
  return mergeStretches([...runsIn(line), ...wordsIn(line)]);
}

/**
 * The same in each argument of a list. The value of `--token` may be the next argument, whole: no
 * shell reads it, unless one of the arguments hands the others to a shell.
 */
export function credentialsInArguments(command: readonly string[]): Stretch[][] {
  const shell = command.findIndex((argument) => SHELL.test(argument));
  const handedOn = command.findIndex((argument) => HANDS_ON.test(argument));
  return command.map((argument, index) => {
    const before = command[index - 1] ?? "";
    const inShell = shell >= 0 && shell < index;
    if (inShell && SCRIPT_FOLLOWS.test(before)) return credentialsInCommand(argument);
    const isData = !CODE_FOLLOWS.test(before) && (handedOn < 0 || index <= handedOn);
    const start = isData ? valueStart(before, argument) : null;
    const whole = start === null ? [] : endBeforeCode(argument, { start, end: argument.length });
    return mergeStretches([...runsIn(argument), ...whole]);
  });
}

/** The stretch up to the first thing in it that any shell would run; none where that is at once. */
export function endBeforeCode(text: string, { start, end }: Stretch): Stretch[] {
  const code = text.slice(start, end).search(CODE);
  if (code === 0) return [];
  return [{ start, end: code < 0 ? end : start + code }];
}

/** `$(…)`, `` `…` ``, `<(…)`; a variable runs nothing. */
const CODE = /\$\(|`|[<>]\(/;

const SHELL = /^(?:.*\/)?(?:ba|da|k|z|a)?sh$/;
/** Programs that make one line of their arguments, for a shell. */
const HANDS_ON = /^(?:.*\/)?(?:eval|ssh|rsh|su|watch|parallel)$/;
/** `-c`, `-lc`, and `--` between that and the script. */
const SCRIPT_FOLLOWS = /^(?:-\w*c|--)$/;
const CODE_FOLLOWS = /^(?:-\w*c|-e|--command|--eval)$/;
const HEADER_FOLLOWS = /^(?:-H|--(?:proxy-)?header)$/;

/** Where in an argument a secret begins that goes on to its end; null where there is none. */
function valueStart(before: string, argument: string): number | null {
  if (WHOLE_OPTION.test(before)) return isLiteral(argument) ? 0 : null;
  const header = HEADER_FOLLOWS.test(before) ? WHOLE_HEADER.exec(argument) : null;
  const option = argument.indexOf("=");
  const isHeader = header !== null && isSecretName(header.groups?.["name"] ?? "");
  const isOption = option > 0 && WHOLE_OPTION.test(argument.slice(0, option));
  if (!isHeader && !isOption) return null;
  const start = isHeader ? (header?.[0].length ?? 0) : option + 1;
  return isLiteral(argument.slice(start)) ? start : null;
}

/**
 * Credentials that are runs of characters without a blank, a quote, an operator or an expansion:
 * these hide no code, whatever the quotes around them mean.
 */
function runsIn(line: string): Stretch[] {
  const found = [...tokensIn(line), ...matches(PRIVATE_KEY, line)];
  if (line.includes("://")) found.push(...addressesIn(line));
  if (line.includes("-")) found.push(...valueMatches(OPTION, line));
  if (line.includes("=")) {
    found.push(...valueMatches(ASSIGNMENT, line), ...valueMatches(QUERY, line));
  }
  if (line.includes(":")) found.push(...valueMatches(HEADER, line));
  return found;
}

/** A port may stand before a variable, too; in front of `@` it is a password. */
function addressesIn(line: string): Stretch[] {
  const cut = valueMatches(CUT_ADDRESS, line).filter(
    ({ start, end }) => !/^\d+$/.test(line.slice(start, end)),
  );
  const whole = valueMatches(ADDRESS, line).flatMap(({ start, end }) => {
    const length = line.slice(start, end).search(/[;|&<>()$]/);
    return length === 0 ? [] : [{ start, end: length < 0 ? end : start + length }];
  });
  return [...whole, ...cut];
}

/** Whole words behind options and variables, in a line whose quotes leave no doubt. */
function wordsIn(line: string): Stretch[] {
  const words = /[-=]/.test(line) ? readPlainWords(line) : null;
  if (words === null) return [];
  const found: Stretch[] = [];
  for (const pattern of [WORD_OF_OPTION, WORD_OF_VARIABLE]) {
    for (const { groups = {}, indices } of words.outline.matchAll(pattern)) {
      const span = indices?.groups?.["value"];
      if (span === undefined) continue;
      const { name } = groups;
      const value = line.slice(...span).replace(/^["']+/, "");
      if (name !== undefined && !isSecretName(name)) continue;
      if (isLiteral(value)) found.push(...words.literals({ start: span[0], end: span[1] }));
    }
  }
  return found;
}

const RUN = "[^\\s\"'`;|&<>()$]+(?<!\\\\)";
/** A run, after any quotes. */
const VALUE = String.raw`(?:[\\"']{1,4}|(?!-))(?<value>${RUN})`;
/** A word in an outline, where all that is in quotes is neither a blank nor an operator. */
const WORD = String.raw`(?<value>(?!-)[^\s;|&<>()]+)`;

const OPTION_NAME = String.raw`--?(?!-?no-)(?:[\w-]*(?:password|passwd|passphrase|token|secret|api[-_]?key|access[-_]?key|secret[-_]?key|auth[-_]?key)|(?:[\w-]*[-_])?(?:pass|pwd))`;
const OPTION_START = String.raw`(?<![\w-])${OPTION_NAME}(?:=|[ \t]+)`;
const OPTION = new RegExp(OPTION_START + VALUE, "dgi");
const WORD_OF_OPTION = new RegExp(OPTION_START + WORD, "dgi");
const WHOLE_OPTION = new RegExp(`^${OPTION_NAME}$`, "i");
/** `PGPASSWORD=… pg_dump`. */
const VARIABLE_START = String.raw`(?<![\w$-])(?<name>[A-Za-z_]\w*)=`;
const ASSIGNMENT = new RegExp(VARIABLE_START + VALUE, "dg");
const WORD_OF_VARIABLE = new RegExp(VARIABLE_START + WORD, "dg");
/** `-H "Authorization: Bearer …"`. */
const HEADER_START = String.raw`(?<name>[\w-]{1,64}):[ \t]*(?:(?:bearer|basic|digest|token)[ \t]+)?`;
const HEADER = new RegExp(
  String.raw`(?<![\w-])${HEADER_START}(?!(?:bearer|basic|digest|token)[ \t])(?<value>${RUN})`,
  "dgi",
);
const WHOLE_HEADER = new RegExp(`^${HEADER_START}`, "i");

const QUERY = new RegExp(String.raw`[?&](?<name>[\w.-]{1,64})=(?<value>[^\s&#"'\`;|<>()$]+)`, "dg");
const ADDRESS = /:\/\/[^\s/:@]*:(?<value>[^\s/?#"'`]+)@/dg;
const CUT_ADDRESS = /:\/\/[^\s/:@]*:(?<value>[^\s/?#"'`;|&<>()$@]+)(?=[$`])/dg;

/** Of the body only lines of base64 and of PEM's own words: any other may be another command. */
const LINE_BREAK = String.raw`[ \t]*(?:[\r\n]|\\[rn])(?:\s|\\[rn])*`;
const LINE_END = String.raw`(?=[ \t]*(?:[\r\n"'\\]|$))`;
const KEY_LINE = String.raw`(?:[A-Za-z0-9+/=]+|(?:Proc-Type|DEK-Info): [\w,-]+)${LINE_END}`;
const PRIVATE_KEY = new RegExp(
  String.raw`-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:${LINE_BREAK}${KEY_LINE})*(?:${LINE_BREAK}-----END [A-Z ]{0,40}PRIVATE KEY-----)?`,
  "g",
);
