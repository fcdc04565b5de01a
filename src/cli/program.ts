import { Command, CommanderError } from "@commander-js/extra-typings";
import { VERSION } from "../model/version.ts";
import { normalizeArguments } from "./arguments.ts";
import { makeContext } from "./context.ts";
import type { CommandContext, GlobalOptions } from "./context.ts";
import { EXIT_OK } from "./exit.ts";
import { registerGitOps } from "./gitops.ts";
import { registerJobs } from "./jobs.ts";
import { registerLogs } from "./logs.ts";
import { printError, printResult } from "./output.ts";
import type { CommandResult } from "./result.ts";
import { usageError } from "./usage.ts";

/** The program as the groups of commands see it. */
export type Program = Command<[], GlobalOptions>;

/** A command that holds others: `jobs`, `logs`, `revisions`. */
export type CommandGroup = Command<[], Record<string, never>, GlobalOptions>;

/**
 * Runs one command and says how it ended. A command returns its result, or the exit code where it
 * has spoken for itself. It imports what it needs when it runs, so that none waits for another's.
 */
export type Run = (
  command: (context: CommandContext) => Promise<CommandResult | number>,
) => Promise<void>;

/** Runs the command line `given`, without the program's own name. Resolves to the exit code. */
export async function runCli(given: readonly string[]): Promise<number> {
  let exitCode = EXIT_OK;
  let help = "";
  const program = createProgram((text) => {
    help += text;
  });
  const run: Run = async (command) => {
    const context = makeContext(program.opts());
    const result = await command(context);
    exitCode = typeof result === "number" ? result : await printResult(result, context);
  };
  registerGitOps(program, run);
  registerJobs(program, run);
  registerLogs(program, run);
  const valued = program.options.filter((option) => option.required);
  const flags = new Set(valued.flatMap(({ short, long }) => [short ?? "", long ?? ""]));
  try {
    await program.parseAsync(normalizeArguments(given, flags), { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_OK;
    const color = !given.includes("--no-color");
    const context = makeContext(given.includes("--json") ? { json: true, color } : { color });
    if (!(error instanceof CommanderError)) return await printError(error, context);
    // A group without a command has its help to show.
    if (help !== "" && !context.json) context.terminal.err(`${help}\n`);
    return await printError(usageError(error), context);
  }
}

/** `showHelp` gets the help that a usage error calls for. */
function createProgram(showHelp: (text: string) => void): Program {
  return new Command("cronverge")
    .description("Makes schedules converge to git: jobs declared in YAML, run on PostgreSQL")
    .version(VERSION, "-V, --version", "print the version")
    .option("-c, --config <file>", "config file (default: services/scheduler/config.yaml, upward)")
    .option("--state-dir <directory>", "where state is kept (default: .cronverge of the project)")
    .option("--json", "print one JSON document")
    .option("--non-interactive", "never ask (nothing does)")
    .option("--no-color", "print without colour")
    .addHelpText("after", "\ncronverge --check [file] is cronverge check [file].")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .exitOverride()
    .configureOutput({ outputError: () => undefined, writeErr: showHelp });
}
