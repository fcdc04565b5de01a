import { Buffer } from "node:buffer";
import type { JsonValue } from "../model/json.ts";
import { MAX_RESULT_BYTES, type ReturnedResult } from "./messages.ts";
import { fromJson, toJson } from "./originals.ts";

/**
 * What a job returned, in one shape: nothing is success; an object with a boolean `success`, such
 * as a `JobResult`, says it itself; any other JSON value is the result of a success. Throws for a
 * value that JSON cannot carry.
 */
export function returnedResult(returned: unknown): ReturnedResult {
  const value = jsonOf(returned);
  const fields = isRecord(value) && typeof value.success === "boolean" ? value : {};
  return {
    success: fields.success !== false,
    message: typeof fields.message === "string" ? fields.message : null,
    itemsProcessed: countOf(fields.itemsProcessed),
    itemsFailed: countOf(fields.itemsFailed),
    value,
  };
}

function jsonOf(returned: unknown): JsonValue {
  if (returned === undefined || returned === null) return null;
  let text: string | undefined;
  try {
    text = toJson(returned);
  } catch (error) {
    throw new TypeError("the job returned a value that JSON cannot carry", { cause: error });
  }
  if (text === undefined) {
    throw new TypeError(`the job returned a ${typeof returned}, which JSON cannot carry`);
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_RESULT_BYTES) {
    throw new RangeError(
      `the job returned ${bytes} bytes of JSON; ${MAX_RESULT_BYTES} are allowed`,
    );
  }
  return fromJson(text) as JsonValue;
}

function isRecord(value: JsonValue): value is { [key: string]: JsonValue } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function countOf(value: JsonValue | undefined): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
