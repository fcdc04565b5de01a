import type { ArgumentHandler, OptionHandler, RootCommand } from "@bomb.sh/tab";
import tab from "@bomb.sh/tab/commander";
import type { Command } from "commander";
import { LOG_LEVELS } from "../../model/execution.ts";
import { LOG_FORMATS } from "../../views/logs-export.ts";
import { printable } from "../../views/printable.ts";
import { flagsWithValue, normalizeArguments } from "../arguments.ts";
import { askedWord } from "../asked-word.ts";
import type { CommandContext } from "../context.ts";
import { makeContext } from "../context.ts";
import { DESCRIPTION, SHELLS } from "../completion-words.ts";
import { COMPLETION_SCRIPTS } from "../completion-scripts.ts";
import type { Program } from "../registering.ts";
import { STATUS_WORDS } from "../states.ts";

const NAME = "cronverge";

/** `complete SHELL`: the script that makes the shell ask for completions. */
export function printScript(
  program: Program,
  { shell, context }: { shell: string; context: CommandContext },
): void {
  const script = COMPLETION_SCRIPTS[shell];
  if (script === undefined) completionOf(program).setup(NAME, NAME, shell);
  else context.terminal.out(script);
}

/**
 * `complete -- WORDS`: what the last of the words may become, as the scripts read it: a value and its
 * description a line, then what the shell may add. Names of jobs come from the config file, which is
 * read only where one may stand; nobody who types wants to hear now of what is wrong in it.
 */
export async function completeWords(
  program: Program,
  { words, context }: { words: readonly string[]; context: CommandContext },
): Promise<void> {
  // A word of blanks stands for an empty one, which not every shell can pass.
  const typed = words.map((word) => word.trim());
  const line = normalizeArguments(typed, flagsWithValue(program.options));
  const asked = askedWord(untyped(program), line) ?? "";
  if (FILES.includes(asked)) return context.terminal.out(FILES_MAY_FOLLOW);
  const completion = completionOf(program);
  offerValues(completion, JOBS.includes(asked) ? await readJobs(program, line) : []);
  completion.parse(line);
}

const FILES_MAY_FOLLOW = ":0\n";

/** What the help calls the paths of files, which shells complete by themselves. */
const FILES = ["file", "directory", "plan"];

/** What it calls the names of jobs. */
const JOBS = ["job", "name", "names"];

function completionOf(program: Program): RootCommand {
  return tab(untyped(program));
}

function untyped(program: Program): Command {
  if (isUntyped(program)) return program;
  throw new TypeError("the program has no help to complete from");
}

/** The typed program is one of commander's, which the two packages' types do not say. */
function isUntyped(program: object): program is Command {
  return "createHelp" in program;
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
    const { readJobNames } = await import("../job-names.ts");
    const names = (await readJobNames(configFile)).filter(({ name }) => OFFERED.test(name));
    return names.map(({ name, description }) => ({
      name,
      description: printable(description ?? "not scheduled").slice(0, MAX_DESCRIPTION),
    }));
  } catch {
    return [];
  }
}

/**
 * What is offered stands on somebody's command line after one key: neither a mistake in a config nor
 * the name of a file may put anything there that a shell understands.
 */
const OFFERED = /^[A-Za-z0-9][\w./#-]*$/;

const MAX_DESCRIPTION = 80;

/** Adds what the program's own description does not tell: values that are known, names of jobs. */
function offerValues(completion: RootCommand, jobs: readonly Value[]): void {
  const values: Record<string, readonly Value[]> = {
    ...Object.fromEntries(JOBS.map((name) => [name, jobs])),
    status: STATUS_WORDS.map(named),
    level: LOG_LEVELS.map(named),
    format: LOG_FORMATS.map(named),
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
