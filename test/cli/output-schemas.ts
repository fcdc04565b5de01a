import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";

const DIRECTORY = new URL("../../schemas/output/", import.meta.url);
const SUFFIX = ".schema.json";

/** The names of all schemas of outputs: `jobs-list`, `error`… */
export const OUTPUT_SCHEMAS: string[] = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));

/** Those of the commands that change something. */
export const WRITING: readonly string[] = [
  "apply",
  "backfill",
  "init",
  "jobs-cancel",
  "jobs-cleanup-sessions",
  "jobs-disable",
  "jobs-enable",
  "jobs-log-cleanup",
  "jobs-run",
  "logs-cleanup",
];

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });
const validators = new Map<string, ValidateFunction>();

/** What each command prints with `--json`. */
export interface OutputDocument {
  data: Record<string, unknown>;
  title: string;
  artifact_type: string;
}

/** Parses one document, holds it against the schema of that name, and returns it. */
export function parseOutput(name: string, text: string): OutputDocument {
  const schema: object = JSON.parse(readFileSync(new URL(`${name}${SUFFIX}`, DIRECTORY), "utf8"));
  const validate = validators.get(name) ?? ajv.compile(schema);
  validators.set(name, validate);
  const document: OutputDocument = JSON.parse(text);
  assert.ok(validate(document), `${name}: ${ajv.errorsText(validate.errors)}\n${text}`);
  return document;
}
