import type { Command } from "commander";
import type { CommandFacts } from "../views/command-reference.ts";
import type { Program } from "./registering.ts";

/** All commands that do something, in the order of the help; those that it hides are left out. */
export function readCommandFacts(program: Program): CommandFacts[] {
  return program.commands.flatMap((command) => factsOf(command as unknown as Command, []));
}

function factsOf(command: Command, above: readonly string[]): CommandFacts[] {
  const words = [...above, command.name()];
  const inner = command.commands.flatMap((child) => factsOf(child, words));
  if (inner.length > 0) return inner;
  const help = command.createHelp();
  return [
    {
      name: words.join(" "),
      usage: usageOf(command, words),
      description: command.description(),
      options: help
        .visibleOptions(command)
        .filter(({ long }) => long !== "--help")
        .map(({ flags, description, defaultValue, argChoices }) => ({
          flags,
          description,
          default: defaultValue === undefined ? null : String(defaultValue),
          choices: [...(argChoices ?? [])],
        })),
      notes: notesOf(command),
    },
  ];
}

/** `[options]` stands there for every command, since every one has help. */
function usageOf(command: Command, words: readonly string[]): string {
  const usage = command.usage().split(" ");
  const own = command.options.some(({ hidden }) => !hidden);
  const shown = usage.filter((word) => word !== "" && (own || word !== "[options]"));
  return ["cronverge", ...words, ...shown].join(" ");
}

/** What `addHelpText` puts behind the help. */
function notesOf(command: Command): string {
  let shown = "";
  const quiet = command.createHelp().formatHelp(command, command.createHelp());
  command.configureOutput({ writeOut: (text) => void (shown += text) });
  command.outputHelp();
  return shown.slice(quiet.length).trim();
}
