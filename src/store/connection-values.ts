import type { PostgresType } from "postgres";

/**
 * What a `$1` may be. An array becomes an SQL array (`$1::text[]`, `$1::bigint[]`), a date its
 * ISO 8601 text; JSON is passed as `json(value)` with the cast `$1::jsonb`.
 */
export type SqlParameter =
  | string
  | number
  | bigint
  | boolean
  | Date
  | null
  | readonly (string | number | bigint | boolean | Date | null)[];

/**
 * The text of a JSON value for a `$1::jsonb` parameter. NUL and lone surrogates, which jsonb
 * refuses, become U+FFFD: output of a job may hold anything, and must never make a write fail.
 */
export function json(value: unknown): string {
  const text = JSON.stringify(value) ?? "null";
  return text.includes("\\u") ? text.replace(REFUSED_ESCAPES, "$1\\ufffd") : text;
}

/** An escaped NUL or lone surrogate, with the even run of backslashes that may stand before it. */
const REFUSED_ESCAPES = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g;

/**
 * The text that is sent for a parameter, so that the server alone decides its type from the
 * statement. The driver's own guesses encode a JSON text twice and cannot pass an array of dates.
 */
export function toSqlText(parameter: SqlParameter): string | null {
  if (parameter === null) return null;
  if (isList(parameter)) return `{${parameter.map(arrayElement).join(",")}}`;
  return scalarText(parameter);
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(parameter: SqlParameter): parameter is Extract<SqlParameter, readonly unknown[]> {
  return Array.isArray(parameter);
}

function arrayElement(element: Exclude<SqlParameter, readonly unknown[]>): string {
  if (element === null) return "NULL";
  const text = scalarText(element);
  if (typeof element !== "string") return typeof element === "object" ? `"${text}"` : text;
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function scalarText(value: string | number | bigint | boolean | Date): string {
  if (typeof value === "string") return value.includes("\0") ? value.replaceAll("\0", "�") : value;
  return value instanceof Date ? value.toISOString() : String(value);
}

/**
 * How result columns are read: every integer as a number (the counters and ids of ours stay far
 * below 2^53), instants as `Date`, JSON parsed, arrays of text and integers as arrays. What is not
 * listed, `numeric` among it, stays text.
 */
export const COLUMN_TYPES: Record<string, PostgresType> = {
  boolean: readAs([16], (text) => text === "t"),
  number: readAs([20, 21, 23, 26, 700, 701], Number),
  json: readAs([114, 3802], (text) => JSON.parse(text)),
  instant: readAs([1082, 1114, 1184], (text) => new Date(text)),
  bytes: readAs([17], (text) => Buffer.from(text.slice(2), "hex")),
  textArray: readAs([1009, 1015, 2951], parseArray),
  numberArray: readAs([1005, 1007, 1016, 1021, 1022], (text) => parseArray(text).map(toNumber)),
};

/** Parameters are text already when the driver sees them, so nothing is left to serialize. */
function readAs(oids: number[], parse: (text: string) => unknown): PostgresType {
  return { to: oids[0] ?? 0, from: oids, serialize: String, parse };
}

function toNumber(text: string | null): number | null {
  return text === null ? null : Number(text);
}

/** The elements of a one-dimensional array as the server writes it: `{a,"b \"c\"",NULL}`. */
function parseArray(text: string): (string | null)[] {
  const elements = text.matchAll(/[{,](?:"((?:[^"\\]|\\.)*)"|([^",{}]+))/gs);
  return Array.from(elements, ([, quoted, bare]) => {
    if (quoted !== undefined) return quoted.replace(/\\(.)/gs, "$1");
    return bare === undefined || bare === "NULL" ? null : bare;
  });
}
