import type { AnyNode, Program } from "acorn";
import type { ModuleImport } from "../model/plugin.ts";

/**
 * The modules that a program names: imports, exports from elsewhere, and `import()` and `require()`
 * of a literal. What is computed while the code runs cannot be known.
 */
export function readImports(program: Program): ModuleImport[] {
  const found: ModuleImport[] = [];
  walk(program, (node) => {
    const source = sourceOf(node);
    if (source === null || source.type !== "Literal" || typeof source.value !== "string") return;
    const { loc } = source;
    if (!loc) return;
    found.push({
      specifier: source.value,
      deferred: node.type === "ImportExpression" || node.type === "CallExpression",
      line: loc.start.line,
      column: loc.start.column + 1,
      endLine: loc.end.line,
      endColumn: loc.end.column + 1,
    });
  });
  return found;
}

/** The node that names another module, if this one does. */
function sourceOf(node: AnyNode): AnyNode | null {
  if (node.type === "ImportDeclaration" || node.type === "ExportAllDeclaration") return node.source;
  if (node.type === "ImportExpression") return node.source;
  if (node.type === "ExportNamedDeclaration") return node.source ?? null;
  if (node.type !== "CallExpression") return null;
  const isRequire = node.callee.type === "Identifier" && node.callee.name === "require";
  return isRequire ? (node.arguments[0] ?? null) : null;
}

/** Visits a node and what is below it, without recursion: a chain of calls may be thousands deep. */
function walk(root: AnyNode, visit: (node: AnyNode) => void): void {
  const waiting: AnyNode[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    visit(node);
    const below = Object.values(node).flatMap((value: unknown) => nodesIn(value));
    // One by one: a table of data may have more entries than a call may have arguments.
    for (const child of below.reverse()) waiting.push(child);
  }
}

function nodesIn(value: unknown): AnyNode[] {
  if (Array.isArray(value)) return value.filter(isNode);
  return isNode(value) ? [value] : [];
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === "object" && value !== null && "type" in value && typeof value.type === "string"
  );
}
