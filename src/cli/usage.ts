import type { CommandUnknownOpts, CommanderError } from "@commander-js/extra-typings";
import { SchedulerError } from "../model/errors.ts";

/** A mistake on the command line `given`, said in our way. */
export function usageError(
  error: CommanderError,
  { program, given }: { program: CommandUnknownOpts; given: readonly string[] },
): SchedulerError {
  const help = `see ${["cronverge", ...namesOf(program, given)].join(" ")} --help`;
  if (error.code === "commander.help") {
    return new SchedulerError("usage", "a command is missing", { help });
  }
  const [first = "", ...more] = error.message.split("\n");
  const suggestion = more.join(" ").replace(/^\(Did you mean (.*)\?\)$/, "did you mean $1?");
  return new SchedulerError("usage", first.replace(/^error: /, ""), {
    help: suggestion === "" ? help : suggestion,
  });
}

/** The words that name the command, or the group, that was asked for. */
function namesOf(program: CommandUnknownOpts, given: readonly string[]): string[] {
  const names: string[] = [];
  let command = program;
  for (const word of given) {
    if (word.startsWith("-")) continue;
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) break;
    names.push(word);
    command = next;
  }
  return names;
}
