import type { AnyNode, Program } from "acorn";
import type { ModuleImport } from "../model/plugin.ts";

/**
 * The modules that a program names: imports, exports from elsewhere, and what `import()` and
 * `require()` load. A name that is computed has `parts`, the texts around what cannot be known.
 */
export function readImports(program: Program): ModuleImport[] {
  const found: ModuleImport[] = [];
  walk(program, (node) => {
    const source = sourceOf(node);
    if (source === null) return;
    const deferred = node.type === "ImportExpression" || node.type === "CallExpression";
    for (const choice of choicesOf(source)) {
      const { loc } = choice;
      if (!loc) continue;
      found.push({
        ...nameOf(partsOf(choice)),
        deferred,
        line: loc.start.line,
        column: loc.start.column + 1,
        endLine: loc.end.line,
        endColumn: loc.end.column + 1,
      });
    }
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

/** The bundler turns `import(a ? b : c)` into two imports, and works out `true && "./x.ts"`. */
function choicesOf(source: AnyNode): AnyNode[] {
  const found: AnyNode[] = [];
  const waiting = [source];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.type === "ConditionalExpression") waiting.push(node.alternate, node.consequent);
    else if (node.type === "LogicalExpression") waiting.push(node.right, node.left);
    else if (node.type !== "Literal" || typeof node.value === "string") found.push(node);
  }
  return found;
}

/** The texts of a name between what is computed: one text where all of it is known. */
function partsOf(source: AnyNode): [string, ...string[]] {
  const parts: [string, ...string[]] = [""];
  const waiting = [source];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.type === "BinaryExpression" && node.operator === "+") {
      waiting.push(node.right, node.left);
    } else if (node.type === "TemplateLiteral") {
      const { quasis, expressions } = node;
      const pieces: AnyNode[] = quasis.flatMap((quasi, index) => {
        const expression = expressions[index];
        return expression === undefined ? [quasi] : [quasi, expression];
      });
      waiting.push(...pieces.reverse());
    } else {
      const text = textOf(node);
      if (text === null) parts.push("");
      else parts.push((parts.pop() ?? "") + text);
    }
  }
  return parts;
}

function textOf(node: AnyNode): string | null {
  if (node.type === "TemplateElement") return node.value.cooked ?? node.value.raw;
  if (node.type !== "Literal") return null;
  return typeof node.value === "string" || typeof node.value === "number"
    ? String(node.value)
    : null;
}

function nameOf(parts: readonly [string, ...string[]]): Pick<ModuleImport, "specifier" | "parts"> {
  return parts.length === 1 ? { specifier: parts[0] } : { specifier: parts.join("*"), parts };
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
