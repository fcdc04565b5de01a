/** A command line as `/bin/sh` would read it. */
export interface ShellLine {
  /** The words without their quotes. They are what is run only where `syntax` is null. */
  words: string[];
  /** The first thing in it that a shell alone understands: `>`, `$`, `cd`. */
  syntax: string | null;
  /** Whether its output goes from one program to the next. */
  pipe: boolean;
}

/** Reads a line with the quoting of POSIX shells. */
export function readShellLine(text: string): ShellLine {
  const reader: Reader = {
    text,
    at: 0,
    contentEnd: text.trimEnd().length,
    depth: 0,
    word: null,
    words: [],
    syntax: null,
  };
  let pipe = false;
  while (reader.at < reader.text.length) pipe = readCharacter(reader) || pipe;
  endWord(reader);
  const { words } = reader;
  const first = words[0] ?? "";
  const isWord = SHELL_WORDS.has(first) || /^[A-Za-z_]\w*=/.test(first);
  return { words, syntax: isWord ? first : reader.syntax, pipe };
}

interface Reader {
  text: string;
  at: number;
  /** Where the last blanks begin. */
  contentEnd: number;
  /** Open brackets: a pipe in `$(…)` is not that of the line. */
  depth: number;
  /** Null between words; a pair of quotes is an empty word. */
  word: string | null;
  words: string[];
  syntax: string | null;
}

/** Words that no program stands for, or that act on the shell itself. */
const SHELL_WORDS: ReadonlySet<string> = new Set(
  "! . : [[ { alias case cd command eval exec exit export for function hash if read return set shift source times trap type ulimit umask unset until wait while".split(
    " ",
  ),
);

/** Whether it was a pipe. */
function readCharacter(reader: Reader): boolean {
  const { text, at } = reader;
  const character = text.charAt(at);
  reader.at += 1;
  if (character === " " || character === "\t" || isOuterLineBreak(reader, character))
    endWord(reader);
  else if (character === "'") readSingleQuoted(reader);
  else if (character === '"') readDoubleQuoted(reader);
  else if (character === "\\") readEscaped(reader);
  else if (isSyntax(reader, character)) return readOperator(reader, character);
  else reader.word = (reader.word ?? "") + character;
  return false;
}

/** Before the first word or after the last, as block texts of YAML have them. */
function isOuterLineBreak({ at, contentEnd, word, words }: Reader, character: string): boolean {
  if (character !== "\n") return false;
  return (word === null && words.length === 0) || at >= contentEnd;
}

function isSyntax({ text, at, word }: Reader, character: string): boolean {
  if ("|&;<>()$`*?[\n".includes(character)) return true;
  if (character === "~" || character === "#") return word === null;
  // `{}` is an argument of find; `{a,b}` means several words to many shells.
  return character === "{" && word !== null ? text.charAt(at) !== "}" : false;
}

function readOperator(reader: Reader, character: string): boolean {
  const doubled = reader.text.charAt(reader.at) === character && "|&<>".includes(character);
  if (doubled) reader.at += 1;
  if (character === "(") reader.depth += 1;
  if (character === ")") reader.depth -= 1;
  note(reader, doubled ? character.repeat(2) : character);
  endWord(reader);
  return character === "|" && !doubled && reader.depth === 0;
}

function note(reader: Reader, syntax: string): void {
  reader.syntax ??= syntax === "\n" ? "a line break" : syntax;
}

function readSingleQuoted(reader: Reader): void {
  const end = reader.text.indexOf("'", reader.at);
  if (end === -1) note(reader, "'");
  const to = end === -1 ? reader.text.length : end;
  reader.word = (reader.word ?? "") + reader.text.slice(reader.at, to);
  reader.at = to + 1;
}

function readDoubleQuoted(reader: Reader): void {
  let word = reader.word ?? "";
  for (; ; reader.at += 1) {
    const character = reader.text.charAt(reader.at);
    if (character === '"') break;
    if (character === "") {
      note(reader, '"');
      break;
    }
    if (character === "$" || character === "`") note(reader, character);
    const escapes = character === "\\" && '"\\$`\n'.includes(reader.text.charAt(reader.at + 1));
    if (escapes) reader.at += 1;
    word += reader.text.charAt(reader.at);
  }
  reader.at += 1;
  reader.word = word;
}

function readEscaped(reader: Reader): void {
  const next = reader.text.charAt(reader.at);
  reader.at += 1;
  // A line that ends with a backslash goes on in the next.
  if (next !== "\n") reader.word = (reader.word ?? "") + next;
}

function endWord(reader: Reader): void {
  if (reader.word !== null) reader.words.push(reader.word);
  reader.word = null;
}
