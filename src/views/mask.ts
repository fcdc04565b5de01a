import type { HttpRequest, JobRun, JobSpec, ValueSource } from "../model/job.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import type { Change } from "../plan/change.ts";
import type { FieldChange } from "../plan/fields.ts";
import type { Plan } from "../plan/plan.ts";

const MASK = "***";
const CREDENTIAL =
  /token|secret|passw|passphrase|pwd|credential|cookie|authorization|signature|bearer|private|api-?_?key|(?:^|[-_])(?:auth|key|pass)(?:[-_]|$)/i;

/**
 * The plan without the literal credentials that somebody wrote into the file: the values of
 * variables, headers and parameters with such a name, and passwords in addresses. What is looked
 * up on the node (`{env: NAME}`) names no secret and stays.
 */
export function maskPlan(plan: Plan): Plan {
  return { ...plan, changes: plan.changes.map(maskChange) };
}

function maskChange(change: Change): Change {
  return {
    ...change,
    fields: change.fields.map(maskField),
    before: change.before === null ? null : maskSpec(change.before),
    after: change.after === null ? null : maskSpec(change.after),
  };
}

function maskField({ path, before, after }: FieldChange): FieldChange {
  const hidden = path.split(/[.[\]"]+/).some((key) => CREDENTIAL.test(key));
  return { path, before: maskValue(before, hidden), after: maskValue(after, hidden) };
}

/** A spec without the literal credentials that somebody wrote into the file. */
export function maskSpec(spec: JobSpec): JobSpec {
  return {
    ...spec,
    run: maskRun(spec.run),
    env: maskSources(spec.env),
    parameters: maskObject(spec.parameters, false),
  };
}

function maskRun(run: JobRun): JobRun {
  return run.type === "http" ? { type: "http", http: maskRequest(run.http) } : run;
}

function maskRequest(http: HttpRequest): HttpRequest {
  const url = typeof http.url === "string" ? maskAddress(http.url) : http.url;
  return { ...http, url, headers: maskSources(http.headers) };
}

function maskSources(sources: Record<string, ValueSource>): Record<string, ValueSource> {
  const entries = Object.entries(sources).map(([key, source]): [string, ValueSource] => {
    if (typeof source !== "string") return [key, source];
    return [key, CREDENTIAL.test(key) ? MASK : maskAddress(source)];
  });
  return Object.fromEntries(entries);
}

function maskValue(value: JsonValue, hidden: boolean): JsonValue {
  if (Array.isArray(value)) return value.map((entry) => maskValue(entry, hidden));
  if (value !== null && typeof value === "object") return maskObject(value, hidden);
  if (value === null || typeof value === "boolean") return value;
  if (hidden) return MASK;
  return typeof value === "string" ? maskAddress(value) : value;
}

function maskObject(value: JsonObject, hidden: boolean): JsonObject {
  const entries = Object.entries(value).map(([key, entry]): [string, JsonValue] => [
    key,
    maskValue(entry, isLookup(value) ? false : hidden || CREDENTIAL.test(key)),
  ]);
  return Object.fromEntries(entries);
}

/** `{env: NAME}` or `{file: PATH}`. */
function isLookup(value: JsonObject): boolean {
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === "env" || keys[0] === "file");
}

/** The password of `scheme://user:password@host`. */
function maskAddress(text: string): string {
  return text.replace(/(:\/\/[^\s/:@]*:)[^\s/@]+@/g, `$1${MASK}@`);
}
