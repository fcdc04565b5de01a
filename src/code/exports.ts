import type { AnyNode, Program } from "acorn";

/** The exports of a module, each with the expression or declaration behind it where it is here. */
export interface ModuleExports {
  /** `*` stands for the names of a module that is passed on as a whole. */
  nodes: Map<string, AnyNode | null>;
  /** Top-level constants, functions and classes by their names. */
  bindings: Map<string, AnyNode>;
  /** Local names of `defineJob` as imported from `cronverge`. */
  defineJob: Set<string>;
}

export function readExports(program: Program): ModuleExports {
  const found: ModuleExports = { nodes: new Map(), bindings: new Map(), defineJob: new Set() };
  for (const statement of program.body) {
    if (statement.type === "ImportDeclaration") readImport(statement, found);
    else bind(statement, found.bindings);
  }
  for (const statement of program.body) readExport(statement, found);
  return found;
}

function readImport(
  node: Extract<AnyNode, { type: "ImportDeclaration" }>,
  found: ModuleExports,
): void {
  if (node.source.value !== "cronverge") return;
  for (const specifier of node.specifiers) {
    if (specifier.type !== "ImportSpecifier") continue;
    if (moduleName(specifier.imported) === "defineJob") found.defineJob.add(specifier.local.name);
  }
}

function bind(node: AnyNode, bindings: Map<string, AnyNode>): void {
  if (node.type === "ExportNamedDeclaration" || node.type === "ExportDefaultDeclaration") {
    if (node.declaration) bind(node.declaration, bindings);
    return;
  }
  if (node.type === "VariableDeclaration") {
    for (const { id, init } of node.declarations) {
      // What `let` holds may have changed by the time it is used.
      const value = node.kind === "const" && init ? init : null;
      if (id.type === "Identifier" && value !== null) bindings.set(id.name, value);
    }
  }
  if (node.type === "ClassDeclaration" || node.type === "FunctionDeclaration") {
    if (node.id) bindings.set(node.id.name, node);
  }
}

function readExport(node: AnyNode, { nodes, bindings }: ModuleExports): void {
  if (node.type === "ExportDefaultDeclaration") {
    nodes.set("default", resolve(node.declaration, bindings));
  } else if (node.type === "ExportAllDeclaration") {
    nodes.set(node.exported ? moduleName(node.exported) : "*", null);
  } else if (node.type === "ExportNamedDeclaration") {
    for (const name of declaredNames(node.declaration ?? null)) {
      nodes.set(name, bindings.get(name) ?? null);
    }
    for (const { local, exported } of node.specifiers) {
      const here = !node.source;
      nodes.set(moduleName(exported), here ? (bindings.get(moduleName(local)) ?? null) : null);
    }
  }
}

function declaredNames(node: AnyNode | null): string[] {
  if (node === null) return [];
  if (node.type === "VariableDeclaration")
    return node.declarations.flatMap(({ id }) => patternNames(id));
  const named = node.type === "FunctionDeclaration" || node.type === "ClassDeclaration";
  return named && node.id ? [node.id.name] : [];
}

function patternNames(node: AnyNode): string[] {
  if (node.type === "Identifier") return [node.name];
  if (node.type === "AssignmentPattern") return patternNames(node.left);
  if (node.type === "RestElement") return patternNames(node.argument);
  if (node.type === "ArrayPattern") {
    return node.elements.flatMap((element) => (element === null ? [] : patternNames(element)));
  }
  if (node.type !== "ObjectPattern") return [];
  return node.properties.flatMap((property) =>
    patternNames(property.type === "Property" ? property.value : property.argument),
  );
}

/** `export default job` means what the constant `job` is. */
function resolve(node: AnyNode, bindings: ReadonlyMap<string, AnyNode>): AnyNode | null {
  return node.type === "Identifier" ? (bindings.get(node.name) ?? null) : node;
}

function moduleName(node: AnyNode): string {
  if (node.type === "Identifier") return node.name;
  return node.type === "Literal" ? String(node.value) : "";
}
