import type { Diagnostic } from "../model/diagnostic.ts";
import { emptyFacts, type DeclaredJob, type PluginFacts } from "../model/plugin.ts";
import { declaredOf, type DeclaredProblem } from "./declared.ts";
import { readExports } from "./exports.ts";
import { readImports } from "./imports.ts";
import { parseModule } from "./parse-module.ts";

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
  const facts = emptyFacts({ plugin, file, diagnostics: [] });
  const parsed = parseModule(text, { file: displayName, stripTypes: options.stripTypes });
  if ("diagnostic" in parsed) return { ...facts, diagnostics: [parsed.diagnostic] };
  const { program } = parsed;
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
    imports: readImports(program),
    diagnostics: found,
  };
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
