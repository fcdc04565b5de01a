import { parse } from "acorn";
import type { Program } from "acorn";
import type { Diagnostic } from "../model/diagnostic.ts";
import { errorMessage } from "../model/errors.ts";
import { NOTHING_DECLARED, type DeclaredJob, type PluginFacts } from "../model/plugin.ts";
import { declaredOf, type DeclaredProblem } from "./declared.ts";
import { readExports } from "./exports.ts";

/** Where a parser gave up; 1-based line, 0-based column, as acorn has it. */
interface SyntaxPlace {
  line: number;
  column: number;
}

/**
 * Reads job code without running it: its syntax, the names it exports, and what its `defineJob`
 * calls and classes say in literals. `file` is its absolute path, `displayName` the name that
 * diagnostics use. `stripTypes` replaces types by blanks, so that places stay right; it throws a
 * SyntaxError with `loc: {line, column}`, as acorn does.
 */
export function readPlugin(
  text: string,
  options: {
    file: string;
    displayName?: string;
    plugin: string;
    stripTypes: (source: string) => string;
  },
): PluginFacts {
  const { file, plugin, displayName = file } = options;
  const facts: PluginFacts = {
    plugin,
    file,
    exports: [],
    declared: NOTHING_DECLARED,
    declaredExports: {},
    diagnostics: [],
  };
  let program: Program;
  try {
    program = parse(options.stripTypes(text), {
      ecmaVersion: "latest",
      sourceType: "module",
      locations: true,
    });
  } catch (error) {
    facts.diagnostics.push(syntaxDiagnostic(error, displayName));
    return facts;
  }
  const module = readExports(program);
  const problems: DeclaredProblem[] = [];
  const declared: Record<string, DeclaredJob> = {};
  for (const [name, node] of module.nodes) {
    const said = declaredOf(node, { module, problems });
    if (said === null) continue;
    if (name === "default") facts.declared = said;
    else declared[name] = said;
  }
  const found = [...new Set(problems)].map((problem) => problemDiagnostic(problem, displayName));
  return {
    ...facts,
    exports: [...module.nodes.keys()],
    declaredExports: declared,
    diagnostics: found,
  };
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

/** A field that is no literal only fails to be a default; one of a wrong kind is a mistake. */
function problemDiagnostic(
  { node, rule, message, help }: DeclaredProblem,
  file: string,
): Diagnostic {
  const start = node.loc?.start ?? { line: 1, column: 0 };
  const end = node.loc?.end ?? start;
  return {
    severity: rule === "plugin/not-literal" ? "warning" : "error",
    rule,
    message,
    help,
    file,
    line: start.line,
    column: start.column + 1,
    endLine: end.line,
    endColumn: end.column + 1,
  };
}
