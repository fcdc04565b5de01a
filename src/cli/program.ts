import { Command, CommanderError } from "@commander-js/extra-typings";
import { VERSION } from "../model/version.ts";
import { flagsWithValue, normalizeArguments } from "./arguments.ts";
import { registerCompletion } from "./completion.ts";
import { makeContext } from "./context.ts";
import { registerDatabase } from "./db.ts";
import { EXIT_OK } from "./exit.ts";
import { registerGitOps } from "./gitops.ts";
import { registerJobs } from "./jobs.ts";
import { registerLedger } from "./ledger.ts";
import { registerLogs } from "./logs.ts";
import { printError, printResult } from "./output.ts";
import { registerPlaybooks } from "./playbooks.ts";
import type { Program, Run } from "./registering.ts";
import { usageError } from "./usage.ts";

/** Runs the command line `given`, without the program's own name. Resolves to the exit code. */
export async function runCli(given: readonly string[]): Promise<number> {
  let exitCode = EXIT_OK;
  let help = "";
  let json = false;
  const run: Run = async (command, asked) => {
    json = asked?.json === true;
    const context = makeContext({ ...program.opts(), ...(json ? { json } : {}) });
    const result = await command(context);
    exitCode = typeof result === "number" ? result : await printResult(result, context);
  };
  const program = assemble(run, (text) => {
    help += text;
  });
  const assembleAnew = (): Program => assemble(run, () => undefined);
  registerPlaybooks(program, { run, assemble: assembleAnew });
  registerCompletion(program, { run, given, assemble: assembleAnew });
  try {
    const line = normalizeArguments(given, flagsWithValue(program.options));
    await program.parseAsync(line, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_OK;
    const color = !given.includes("--no-color");
    json ||= given.includes("--json");
    const context = makeContext(json ? { json, color } : { color });
    if (!(error instanceof CommanderError)) return await printError(error, context);
    // A group without a command has its help to show.
    if (help !== "" && !context.json) context.terminal.err(`${help}\n`);
    return await printError(usageError(error, { program, given }), context);
  }
}

/** The whole program, which runs nothing by itself: for those who describe it, or parse a line by it. */
export function describedProgram(run: Run = () => Promise.resolve()): Program {
  const assembleAnew = (): Program => assemble(run, () => undefined);
  const program = assembleAnew();
  registerPlaybooks(program, { run, assemble: assembleAnew });
  registerCompletion(program, { run, given: [], assemble: assembleAnew });
  return program;
}

/** The program with its commands, but for those that are about the program itself. */
function assemble(run: Run, showHelp: (text: string) => void): Program {
  const program = createProgram(showHelp);
  registerGitOps(program, run);
  registerJobs(program, run);
  registerLedger(program, run);
  registerLogs(program, run);
  registerDatabase(program, run);
  return program;
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
