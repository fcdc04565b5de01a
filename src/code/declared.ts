import type { AnyNode, Class, Expression } from "acorn";
import type { JsonValue } from "../model/json.ts";
import { NOTHING_DECLARED, type DeclaredJob, type DeclaredSchedule } from "../model/plugin.ts";
import type { ModuleExports } from "./exports.ts";
import { entriesOf, keyName, literalOf } from "./literal.ts";

/** A field that says something which cannot be used, and where. */
export interface DeclaredProblem {
  node: AnyNode;
  rule: "plugin/not-literal" | "plugin/declared";
  message: string;
  help: string;
}

/** What a job's definition or class says of itself; null where an export declares nothing. */
export function declaredOf(
  node: AnyNode | null,
  { module, problems }: { module: ModuleExports; problems: DeclaredProblem[] },
): DeclaredJob | null {
  const fields = node === null ? null : fieldsOf(node, module);
  if (fields === null) return null;
  const declared: DeclaredJob = { ...NOTHING_DECLARED };
  for (const [name, check] of Object.entries(CHECKS)) {
    const expression = fields.get(name);
    if (expression === undefined) continue;
    const value = literalOf(expression, module.bindings);
    if (value === undefined) problems.push(notLiteral(name, expression));
    else if (!check.accepts(value)) problems.push(unusable(name, expression, check.wanted));
    else Object.assign(declared, { [name]: value });
  }
  return declared;
}

const CHECKS: Record<
  keyof DeclaredJob,
  { accepts: (value: JsonValue) => boolean; wanted: string }
> = {
  name: { accepts: isText, wanted: "text" },
  description: { accepts: isText, wanted: "text" },
  schedule: {
    accepts: isSchedule,
    wanted: 'a cron text, {cron, timezone}, {every: "5m"} or {at: "…Z"}',
  },
  enabled: { accepts: (value) => typeof value === "boolean", wanted: "true or false" },
};

/** The fields that may declare something: those of the definition, of the class, or of its object. */
function fieldsOf(node: AnyNode, module: ModuleExports): Map<string, Expression> | null {
  if (node.type === "CallExpression") {
    const [definition] = node.arguments;
    const isDefinition =
      node.callee.type === "Identifier" && module.defineJob.has(node.callee.name);
    if (!isDefinition || definition === undefined) return null;
    const object =
      definition.type === "Identifier" ? module.bindings.get(definition.name) : definition;
    return object?.type === "ObjectExpression" ? entriesOf(object) : null;
  }
  if (node.type === "NewExpression" && node.callee.type === "Identifier") {
    const called = module.bindings.get(node.callee.name);
    return called === undefined ? null : fieldsOf(called, module);
  }
  const isClass = node.type === "ClassDeclaration" || node.type === "ClassExpression";
  return isClass ? classFields(node) : null;
}

function classFields(node: Class): Map<string, Expression> {
  const fields = new Map<string, Expression>();
  for (const member of node.body.body) {
    if (member.type === "StaticBlock" || member.static || member.computed) continue;
    const name = keyName(member.key);
    if (name === null) continue;
    if (member.type === "PropertyDefinition" && member.value) fields.set(name, member.value);
    if (member.type === "MethodDefinition" && member.kind === "get") {
      const [statement] = member.value.body.body;
      if (statement?.type === "ReturnStatement" && statement.argument) {
        fields.set(name, statement.argument);
      }
    }
  }
  return fields;
}

function isText(value: JsonValue): boolean {
  return typeof value === "string" && value.length > 0 && value.length <= 1_000;
}

function isSchedule(value: JsonValue): value is DeclaredSchedule {
  if (typeof value === "string") return value !== "";
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value).sort().join();
  const texts = Object.values(value).every((entry) => typeof entry === "string");
  return texts && ["cron", "cron,timezone", "every", "at"].includes(keys);
}

function notLiteral(name: string, node: AnyNode): DeclaredProblem {
  return {
    node,
    rule: "plugin/not-literal",
    message: `\`${name}\` is no literal, and job code is read without being run`,
    help: `write the value itself, or set ${name} in the config file`,
  };
}

function unusable(name: string, node: AnyNode, wanted: string): DeclaredProblem {
  const message = `\`${name}\` must be ${wanted}`;
  return {
    node,
    rule: "plugin/declared",
    message,
    help: "correct it, or set it in the config file",
  };
}
