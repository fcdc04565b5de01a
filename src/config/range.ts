import { durationText } from "../model/job.ts";
import { parseDuration } from "../schedule/duration.ts";
import { errorAt, pathText, type Path, type PathFinding } from "./place.ts";
import { parseSize } from "./size.ts";

/** A duration of the file that is out of its range, in ms and both ends included. */
export function checkDuration(
  text: string | undefined,
  { path, from, to }: { path: Path; from: number; to: number },
): PathFinding[] {
  if (text === undefined) return [];
  const ms = parseDuration(text);
  if (ms !== null && ms >= from && ms <= to) return [];
  const message = `\`${pathText(path)}\` must be from ${durationText(from)} to ${durationText(to)}, not ${text}`;
  return [errorAt(path, { rule: "config/range", message })];
}

/** A size of the file that is out of its range, both ends included. */
export function checkSize(
  text: string | undefined,
  { path, from, to }: { path: Path; from: string; to: string },
): PathFinding[] {
  if (text === undefined) return [];
  const bytes = parseSize(text) ?? Infinity;
  if (bytes >= (parseSize(from) ?? 0) && bytes <= (parseSize(to) ?? 0)) return [];
  const message = `\`${pathText(path)}\` must be from ${from} to ${to}, not ${text}`;
  return [errorAt(path, { rule: "config/range", message })];
}
