import type { JobSpec } from "../model/job.ts";
import type { JsonValue } from "../model/json.ts";
import { canonicalJson, isRecord } from "../model/json.ts";

/** One field that differs. Null stands for a value that is not there, too. */
export interface FieldChange {
  /** Dotted, with the names of what is compared: `schedule.expression`, `parameters["a b"]`. */
  path: string;
  before: JsonValue;
  after: JsonValue;
}

/** The fields in which two specs differ, in the order of the spec. Lists are compared whole. */
export function changedFields(before: JobSpec, after: JobSpec): FieldChange[] {
  return changedValues(toJson(before), toJson(after));
}

/** The places in which two values differ, in their order. Lists are compared whole. */
export function changedValues(before: JsonValue, after: JsonValue): FieldChange[] {
  const changes: FieldChange[] = [];
  collect("", { before, after }, changes);
  return changes;
}

function collect(
  path: string,
  values: { before: JsonValue; after: JsonValue },
  into: FieldChange[],
): void {
  const { before, after } = values;
  if (!isRecord(before) || !isRecord(after) || before["type"] !== after["type"]) {
    if (canonicalJson(before) !== canonicalJson(after)) into.push({ path, before, after });
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    collect(joinPath(path, key), { before: own(before, key), after: own(after, key) }, into);
  }
}

function joinPath(path: string, key: string): string {
  if (!/^[\w-]+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function own(record: Record<string, JsonValue>, key: string): JsonValue {
  return Object.hasOwn(record, key) ? (record[key] ?? null) : null;
}

/** A spec is stored as JSON, so what JSON drops of it is no difference. */
function toJson(spec: JobSpec): JsonValue {
  const value: JsonValue = JSON.parse(JSON.stringify(spec));
  return value;
}
