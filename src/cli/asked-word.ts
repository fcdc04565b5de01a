import type { Command, Option } from "commander";

/**
 * What a user may put where the last word of a line is typed, by the word that the help has for it:
 * `file` for `<file>`, `name` for `[name]`. Null where it is a command or an option.
 */
export function askedWord(program: Command, line: readonly string[]): string | null {
  const words = line.slice(0, -1);
  const typed = line.at(-1) ?? "";
  const options = optionsOf(program);
  const before = valuedOption(options, words.at(-1) ?? "");
  if (before !== null) return /<([^>]+)>/.exec(before.flags)?.[1] ?? null;
  if (typed.startsWith("-")) return null;
  const { command, operands } = follow(program, { words, options });
  if (command.commands.length > 0) return null;
  const declared = command.registeredArguments;
  const last = declared.at(-1);
  const argument = declared[operands] ?? (last?.variadic === true ? last : undefined);
  return argument?.name() ?? null;
}

/** The command that the words lead to, and how many of its arguments they give. */
function follow(
  program: Command,
  { words, options }: { words: readonly string[]; options: readonly Option[] },
): { command: Command; operands: number } {
  let command = program;
  let operands = 0;
  for (const [index, word] of words.entries()) {
    if (word.startsWith("-") || valuedOption(options, words[index - 1] ?? "") !== null) continue;
    const inner = command.commands.find((known) => known.name() === word);
    if (inner === undefined) operands += 1;
    else command = inner;
  }
  return { command, operands };
}

/** The option that is followed by a value. A flag that several commands have takes one in each. */
function valuedOption(options: readonly Option[], flag: string): Option | null {
  return (
    options.find(({ required, short, long }) => required && [short, long].includes(flag)) ?? null
  );
}

function optionsOf(command: Command): Option[] {
  return [...command.options, ...command.commands.flatMap(optionsOf)];
}
