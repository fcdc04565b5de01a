import type { ArgumentHandler, OptionHandler, RootCommand } from "@bomb.sh/tab";
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import type { LogLevel } from "../../model/execution.ts";
import { loadConfig } from "../../source/load.ts";
import { printable } from "../../views/printable.ts";
import { flagsWithValue, normalizeArguments } from "../arguments.ts";
import type { CommandContext } from "../context.ts";
import { makeContext } from "../context.ts";
import { DESCRIPTION, SHELLS } from "../completion.ts";
import type { Program } from "../program.ts";
import { STATUS_WORDS } from "../states.ts";

const NAME = "cronverge";

/** `complete SHELL`: the script that makes the shell ask for completions. */
export function printScript(
  program: Program,
  { shell, context }: { shell: string; context: CommandContext },
): void {
  const bash = shell === "bash";
  if (bash) context.terminal.out(BEFORE_BASH);
  completionOf(program).setup(NAME, NAME, shell);
  if (bash) context.terminal.out(AFTER_BASH);
}

/**
 * `complete -- WORDS`: what the last of the words may become, as the scripts read it: a value and its
 * description a line, then what the shell may add. Names of jobs come from the config file; where
 * it is missing or broken there are none, since nobody who types wants to hear of it now.
 */
export async function completeWords(
  program: Program,
  { words, context }: { words: readonly string[]; context: CommandContext },
): Promise<void> {
  const line = normalizeArguments(words, flagsWithValue(program.options));
  if (wantsFile(program, line)) return context.terminal.out(FILES_MAY_FOLLOW);
  const completion = completionOf(program);
  offerValues(completion, await readJobs(program, line));
  completion.parse(line);
}

/** A script that is read twice may not set its constants again; not every bash has the second. */
const BEFORE_BASH = `declare -F __cronverge_complete >/dev/null && return 0 2>/dev/null
declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref() {
    words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD
    cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
}
`;

/** Files are completed where the script does not forbid it. */
const AFTER_BASH = "complete -o default -F __cronverge_complete cronverge\n";

const FILES_MAY_FOLLOW = ":0\n";

function completionOf(program: Program): RootCommand {
  if (isUntyped(program)) return tab(program);
  throw new TypeError("the program has no help to complete from");
}

/** The typed program is one of commander's, which the two packages' types do not say. */
function isUntyped(program: object): program is Command {
  return "createHelp" in program;
}

/** Whether the word that is typed is the path of a file, which shells complete by themselves. */
function wantsFile(program: Program, line: readonly string[]): boolean {
  const [before = "", typed = ""] = ["", ...line].slice(-2);
  const options = [program, ...program.commands].flatMap((command) => command.options);
  const valued = options.find(
    ({ required, short, long }) => required && [short, long].includes(before),
  );
  if (valued !== undefined) return /<(?:file|directory)>/.test(valued.flags);
  if (typed.startsWith("-")) return false;
  const { operands } = program.parseOptions(line.slice(0, -1));
  const command = program.commands.find((known) => known.name() === operands[0]);
  const [argument] = command?.registeredArguments ?? [];
  return operands.length === 1 && ["file", "directory"].includes(argument?.name() ?? "");
}

/** What a word may become. */
interface Value {
  name: string;
  description: string;
}

async function readJobs(program: Program, line: readonly string[]): Promise<Value[]> {
  try {
    program.parseOptions(line.slice(0, -1));
    const { configFile } = makeContext(program.opts()).locate();
    const { desired, available } = await loadConfig({ configFile, nowMs: Date.now() });
    const declared = (desired?.jobs ?? []).map(({ spec }) => ({
      name: spec.name,
      description: printable(spec.description ?? "").slice(0, MAX_DESCRIPTION),
    }));
    return [...declared, ...available.map((name) => ({ name, description: "not scheduled" }))];
  } catch {
    return [];
  }
}

const MAX_DESCRIPTION = 80;

const LEVELS: Record<LogLevel, true> = { debug: true, info: true, warn: true, error: true };

/** Adds what the program's own description does not tell: values that are known, names of jobs. */
function offerValues(completion: RootCommand, jobs: readonly Value[]): void {
  const values: Record<string, readonly Value[]> = {
    job: jobs,
    name: jobs,
    names: jobs,
    status: STATUS_WORDS.map(named),
    level: Object.keys(LEVELS).map(named),
  };
  const complete = completion.commands.get("complete");
  if (complete !== undefined) complete.description = DESCRIPTION;
  for (const command of completion.commands.values()) {
    for (const [name, argument] of command.arguments) {
      const known = command === complete ? SHELLS.map(named) : values[name];
      if (known !== undefined) argument.handler = argumentHandler(known);
    }
    for (const [name, option] of command.options) {
      const known = values[name];
      if (known !== undefined) option.handler = optionHandler(known);
    }
  }
  const logs = completion.commands.get("logs");
  // `logs` without a command is `logs view`.
  if (logs !== undefined) logs.options = new Map(completion.commands.get("logs view")?.options);
  for (const command of completion.commands.values()) {
    // Options of the program stand behind every command too.
    const { version: _, ...everywhere } = Object.fromEntries(completion.options);
    command.options = new Map([...command.options, ...Object.entries(everywhere)]);
  }
}

function named(name: string): Value {
  return { name, description: "" };
}

function argumentHandler(known: readonly Value[]): ArgumentHandler {
  return (offer) => known.forEach(({ name, description }) => offer(name, description));
}

function optionHandler(known: readonly Value[]): OptionHandler {
  return (offer) => known.forEach(({ name, description }) => offer(name, description));
}
