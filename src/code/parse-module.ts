import type { Program } from "acorn";
import type { Diagnostic } from "../model/diagnostic.ts";
import { errorMessage } from "../model/errors.ts";
import { ModuleParser } from "./parser.ts";

/**
 * Parses a module without running it; a mistake in it is returned. `stripTypes` replaces types by
 * blanks, so that places stay right; it throws a SyntaxError with `loc: {line, column}`, as acorn
 * does.
 */
export function parseModule(
  text: string,
  { file, stripTypes }: { file: string; stripTypes: (source: string) => string },
): { program: Program } | { diagnostic: Diagnostic } {
  try {
    const program = ModuleParser.parse(stripTypes(text), {
      ecmaVersion: "latest",
      sourceType: "module",
      locations: true,
    });
    return { program };
  } catch (error) {
    return { diagnostic: syntaxDiagnostic(error, file) };
  }
}

/**
 * Parses a script in the older style, which may hold what no module may, such as `return` outside
 * of a function; null where it is none either.
 */
export function parseScript(
  text: string,
  { stripTypes }: { stripTypes: (source: string) => string },
): Program | null {
  try {
    return ModuleParser.parse(stripTypes(text), {
      ecmaVersion: "latest",
      sourceType: "script",
      locations: true,
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: true,
      allowImportExportEverywhere: true,
    });
  } catch {
    return null;
  }
}

/** Where a parser gave up; 1-based line, 0-based column, as acorn has it. */
interface SyntaxPlace {
  line: number;
  column: number;
}

function syntaxDiagnostic(error: unknown, file: string): Diagnostic {
  const { line, column } = placeOf(error) ?? { line: 1, column: 0 };
  // acorn ends its messages with the place, which stands beside the file already.
  const message = errorMessage(error).replace(/ \(\d+:\d+\)$/, "");
  return {
    severity: "error",
    rule: "plugin/syntax",
    message: message.charAt(0).toLowerCase() + message.slice(1),
    help: null,
    file,
    line,
    column: column + 1,
    endLine: line,
    endColumn: column + 2,
  };
}

function placeOf(error: unknown): SyntaxPlace | null {
  const loc = error instanceof Error && "loc" in error ? error.loc : null;
  if (typeof loc !== "object" || loc === null || !("line" in loc) || !("column" in loc))
    return null;
  const { line, column } = loc;
  return typeof line === "number" && typeof column === "number" ? { line, column } : null;
}
