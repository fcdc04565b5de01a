import { SchedulerError, errorMessage } from "../model/errors.ts";
import type { CommandContext } from "./context.ts";
import { EXIT_OK, exitCodeOf, systemErrorCode } from "./exit.ts";
import type { CommandResult } from "./result.ts";

/** Prints the result of a command, as one document or as text. Returns its exit code. */
export function printResult(result: CommandResult, context: CommandContext): number {
  const { terminal, json } = context;
  const { data, artifactType, title } = result;
  if (json) {
    terminal.out(`${JSON.stringify({ data, artifact_type: artifactType, title }, null, 2)}\n`);
  } else {
    terminal.out(result.text({ color: terminal.outColor, width: terminal.width }));
  }
  if (result.error === undefined) return result.exitCode ?? EXIT_OK;
  return printError(result.error, context);
}

/** Prints what went wrong, on stderr. Returns the exit code. */
export function printError(error: unknown, { terminal, json }: CommandContext): number {
  const { code, message, help } = describe(error);
  if (json) {
    terminal.err(`${JSON.stringify({ error: { code, message, help } }, null, 2)}\n`);
  } else {
    terminal.err(`${terminal.errColor("red", "error:")} ${message}\n`);
    if (help !== null) terminal.err(`${terminal.errColor("cyan", "help:")} ${help}\n`);
  }
  return exitCodeOf(error);
}

function describe(error: unknown): { code: string; message: string; help: string | null } {
  if (error instanceof SchedulerError) {
    return { code: error.code, message: error.message, help: error.help ?? null };
  }
  if (systemErrorCode(error) !== null) {
    return { code: "io", message: errorMessage(error), help: null };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : errorMessage(error);
  return { code: "internal", message, help: "this is a bug of cronverge; please report it" };
}
