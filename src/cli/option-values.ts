import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { parseDuration } from "../schedule/duration.ts";

/** A whole number from 1. */
export function countOf(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && Number.isSafeInteger(count)) return count;
  throw new InvalidArgumentError("It must be a whole number from 1.");
}

/** A length of time in ms: `30s`, `1h30m`. */
export function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms !== null) return ms;
  throw new InvalidArgumentError("It must be a length of time such as 30s, 5m or 1h30m.");
}

/** `key=value`, gathered over repeats. */
export function collectParameter(text: string, gathered: JsonObject = {}): JsonObject {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be key=value.");
  return { ...gathered, [text.slice(0, at)]: parameterValue(text.slice(at + 1)) };
}

/** One of several words, gathered over repeats. */
export function collectTag(text: string, gathered: string[] = []): string[] {
  return [...gathered, text];
}

/**
 * JSON where the text is the usual writing of a JSON value, else the text itself: `10` is a number,
 * `1.10` and `007` are texts that nobody wants changed.
 */
function parameterValue(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    const isText = typeof value === "number" && String(value) !== text;
    return isText ? text : value;
  } catch {
    return text;
  }
}

/** How `--since` and `--until` read a time, for the end of a help. */
export const TIMES = `
A time is how long ago (1h, 30m, 2d; a number alone counts days), a date, or a date with a time:
2026-11-21 09:30, yesterday 02:00 or 02:00 in the zone of the times shown, or
2026-11-21T09:30:00+01:00.`;
