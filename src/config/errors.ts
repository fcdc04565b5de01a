import type { JsonObject, JsonValue } from "../model/json.ts";
import { errorAt, pathText } from "./place.ts";
import { branchesOf, schemaAt, type Branch } from "./schema.ts";
import { closest } from "./suggest.ts";
import * as validators from "./validator.generated.js";
import type { ValidationError, Validator } from "./validator.generated.js";
import {
  explain,
  isObject,
  pathOf,
  unknownKey,
  valueAt,
  type ShapeFinding,
  type Subject,
} from "./violations.ts";
import { kindOf, wantedKinds } from "./words.ts";

/** A value with more is explained no further: each costs a walk through the schema and the file. */
export const MAX_VIOLATIONS = 1_000;

/**
 * The mistakes behind ajv's errors about `subject`, of which the first are explained where there
 * are very many. Each mistake gives one finding: ajv reports a union once for each branch that the
 * value is not, so these errors are dropped and the branch that was meant is asked alone.
 */
export function shapeFindings(
  errors: readonly ValidationError[],
  subject: Subject,
): ShapeFinding[] {
  const unions = outermost(errors.filter(({ keyword }) => keyword === "oneOf"));
  const findings = errors
    .filter(({ instancePath }) => !isWithin(instancePath, unions))
    .slice(0, MAX_VIOLATIONS)
    .map((error) =>
      explain(error, { ...subject, path: pathOf(error.instancePath, subject.value) }),
    );
  for (const union of [...unions].slice(0, MAX_VIOLATIONS)) {
    const path = pathOf(union, subject.value);
    const schema = schemaAt(subject.schema, path) ?? {};
    const value = valueAt(subject.value, path);
    findings.push(...explainUnion({ value, schema, base: [...subject.base, ...path] }));
  }
  return withoutEchoes(findings.filter((finding) => finding !== null));
}

/** A key that was misspelt explains why the right one is missing. */
function withoutEchoes(findings: ShapeFinding[]): ShapeFinding[] {
  const misspelt = new Set(
    findings
      .filter(({ rule }) => rule === "config/unknown-key")
      .map(({ path, help }) => `${pathText(path.slice(0, -1))}\n${help}`),
  );
  return findings.filter(({ rule, message, path }) => {
    if (rule !== "config/missing-key") return true;
    const missing = /needs `(.*)`$/.exec(message)?.[1];
    return !misspelt.has(`${pathText(path)}\ndid you mean \`${missing}\`?`);
  });
}

function outermost(errors: readonly ValidationError[]): Set<string> {
  const pointers = new Set(errors.map(({ instancePath }) => instancePath));
  const inner = [...pointers].filter((pointer) => {
    const end = pointer.lastIndexOf("/");
    return end !== -1 && isWithin(pointer.slice(0, end), pointers);
  });
  for (const pointer of inner) pointers.delete(pointer);
  return pointers;
}

/** Whether a pointer is one of those, or leads to something below one of them. */
function isWithin(pointer: string, outer: ReadonlySet<string>): boolean {
  for (let one = pointer; ; one = one.slice(0, one.lastIndexOf("/"))) {
    if (outer.has(one)) return true;
    if (one === "") return false;
  }
}

/**
 * The mistakes in a value that is no branch of its union. The kind of the value and the keys it
 * has tell which branch was meant; only that branch's complaints are reported.
 */
function explainUnion(subject: Subject): ShapeFinding[] {
  const { value, schema } = subject;
  const branches = branchesOf(schema);
  const ofKind = branches.filter((branch) => branch.schema.type === schemaType(value));
  const [first, ...others] = ofKind;
  if (first === undefined) return [wrongKind(subject, branches)];
  // Nothing is to be told apart where one mapping alone can be meant, and no key of it must be there.
  const isFree = first.schema.type !== "object" || first.schema.required === undefined;
  if (others.length === 0 && isFree) return complaints(first, subject);
  if (!isObject(value)) return [wrongKind(subject, branches)];
  const meant = ofKind.filter((branch) => discriminator(branch) in value);
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return complaints(only, subject);
  return meant.length === 0
    ? noneMeant(value, { subject, branches: ofKind })
    : severalMeant(meant, subject);
}

function complaints(branch: Branch, { value, base }: Subject): ShapeFinding[] {
  const errors = violations(branch, value);
  return shapeFindings(errors, { value, schema: branch.schema, base });
}

function violations({ name }: Branch, value: JsonValue): ValidationError[] {
  const validator = (validators as Record<string, Validator<unknown>>)[name];
  if (validator === undefined || validator(value)) return [];
  return validator.errors ?? [];
}

function wrongKind({ value, base }: Subject, branches: Branch[]): ShapeFinding {
  const wanted = wantedKinds(branches.map(({ schema }) => schema));
  const scalar = typeof value === "number" || typeof value === "boolean";
  const takesText = branches.some(({ name }) => name === "text");
  const help = scalar && takesText ? `put it in quotes: "${String(value)}"` : null;
  const message = `\`${pathText(base)}\` must be ${wanted}, not ${kindOf(value)}`;
  return { ...errorAt(base, { rule: "config/type", message, help }), remove: base };
}

/** A misspelt key says which branch was meant; without one, the choice is still to be made. */
function noneMeant(
  value: JsonObject,
  { subject, branches }: { subject: Subject; branches: Branch[] },
): ShapeFinding[] {
  const { base } = subject;
  const choices = branches.map(discriminator);
  const known = new Set(branches.flatMap(({ schema }) => Object.keys(schema.properties ?? {})));
  const unknown = Object.keys(value).filter((key) => !known.has(key));
  const findings = unknown.map((key) => ({
    ...unknownKey(key, { full: base, allowed: choices, value }),
    remove: base,
  }));
  if (unknown.some((key) => closest(key, choices) !== null)) return findings;
  const message = `\`${pathText(base)}\` needs one of ${choices.join(", ")}`;
  const needs = errorAt(base, { rule: "config/one-of", message, part: "key" });
  return [{ ...needs, remove: base }, ...findings];
}

/** The values are checked all the same: whichever is kept should be right. */
function severalMeant(meant: Branch[], subject: Subject): ShapeFinding[] {
  const { base, value } = subject;
  const keys = meant.map(discriminator);
  const message = `\`${pathText(base)}\` has ${keys.join(" and ")}: give exactly one of them`;
  const both = errorAt([...base, keys[1] ?? ""], { rule: "config/one-of", message, part: "key" });
  const inside = meant.flatMap((branch) => {
    const errors = violations(branch, value).filter(({ instancePath }) => instancePath !== "");
    return shapeFindings(errors, { value, schema: branch.schema, base });
  });
  return [{ ...both, remove: base }, ...inside];
}

function discriminator({ schema }: Branch): string {
  return schema.required?.[0] ?? "";
}

function schemaType(value: JsonValue): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}
