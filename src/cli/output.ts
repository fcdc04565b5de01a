import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Findings } from "../model/diagnostic.ts";
import { SchedulerError, errorMessage } from "../model/errors.ts";
import { jsonText } from "../views/json-text.ts";
import { logLine } from "../views/printable.ts";
import type { InvalidConfig } from "../source/invalid-config.ts";
import type { CommandContext } from "./context.ts";
import { toDiagnosticItem } from "../views/diagnostic-item.ts";
import { EXIT_OK, exitCodeOf, systemErrorCode } from "./exit.ts";
import type { CommandResult } from "./result.ts";

/** Prints the result of a command, as one document or as text. Returns its exit code. */
export async function printResult(result: CommandResult, context: CommandContext): Promise<number> {
  const { terminal, json } = context;
  const { data, artifactType, title } = result;
  if (json) {
    terminal.out(jsonText({ data, artifact_type: artifactType, title }));
  } else {
    terminal.out(result.text({ color: terminal.outColor, width: terminal.width }));
  }
  if (result.error === undefined) return result.exitCode ?? EXIT_OK;
  return printError(result.error, context);
}

/** Prints what went wrong, on stderr. Returns the exit code. */
export async function printError(error: unknown, context: CommandContext): Promise<number> {
  const { terminal, json } = context;
  const { code, message, help } = describe(error);
  const invalid = await invalidConfig(error);
  if (json) {
    const found = invalid?.diagnostics.map(toDiagnosticItem);
    const shown = { code, message, help, ...(found === undefined ? {} : { diagnostics: found }) };
    terminal.err(jsonText({ error: shown }));
    return exitCodeOf(error);
  }
  if (invalid !== null) await printFindings(invalid, context);
  terminal.err(`${terminal.errColor("red", "error:")} ${shownLines(message)}\n`);
  if (help !== null) terminal.err(`${terminal.errColor("cyan", "help:")} ${shownLines(help)}\n`);
  return exitCodeOf(error);
}

function describe(error: unknown): { code: string; message: string; help: string | null } {
  if (error instanceof SchedulerError) {
    return { code: error.code, message: error.message, help: error.help ?? null };
  }
  if (systemErrorCode(error) !== null) {
    return { code: "io", ...describeSystemError(error) };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : errorMessage(error);
  return { code: "internal", message, help: "this is a bug of cronverge; please report it" };
}

/** What is missing is named as people know it: a file is written under another name before it has its own. */
function describeSystemError(error: unknown): { message: string; help: string | null } {
  const path = error instanceof Error && "path" in error ? error.path : null;
  if (systemErrorCode(error) !== "ENOENT" || typeof path !== "string") {
    return { message: errorMessage(error), help: null };
  }
  const folder = dirname(resolve(path));
  return existsSync(folder)
    ? { message: `there is no file ${path}`, help: null }
    : { message: `there is no folder ${folder}`, help: "make it, or name another file" };
}

/** The mistakes that the error carries; its class is imported only once somebody may have thrown it. */
async function invalidConfig(error: unknown): Promise<InvalidConfig | null> {
  if (!(error instanceof SchedulerError) || error.code !== "config_invalid") return null;
  const { InvalidConfig } = await import("../source/invalid-config.ts");
  return error instanceof InvalidConfig ? error : null;
}

/** Shows mistakes of the files, on stderr. With `--json`, what is printed has them already. */
export async function printFindings(
  { diagnostics, sources }: Findings,
  { terminal, json }: CommandContext,
): Promise<void> {
  if (json || diagnostics.length === 0) return;
  const { diagnosticPaint } = await import("../views/diagnostic-paint.ts");
  const { renderDiagnostics } = await import("../views/diagnostics.ts");
  const color = diagnosticPaint(terminal.errColor);
  terminal.err(`${renderDiagnostics(diagnostics, { sources, color })}\n`);
}

/** A message may quote a file or a server, so each of its lines is made harmless. */
function shownLines(text: string): string {
  return text.split("\n").map(logLine).join("\n");
}
