import { findBuiltin } from "../model/builtins.ts";
import type { JsonValue } from "../model/json.ts";
import { MISTAKES } from "./mistakes.ts";
import type { Path } from "./place.ts";
import { schemaAt, rootSchema } from "./schema.ts";
import { closest } from "./suggest.ts";

/** What an unknown key was meant to be, where more is known than the keys that are spelt like it. */
export interface Misplaced {
  /** Null where the usual message says enough. */
  message: string | null;
  help: string;
}

/** About the unknown key of `value`, which stands at `full`; null where nothing is known. */
export function misplacedKey(
  key: string,
  { full, value, allowed }: { full: Path; value: JsonValue; allowed: string[] },
): Misplaced | null {
  if (full.length === 0 && isJobKey(key)) return { message: null, help: indentHelp(key) };
  if (full.length === 1 && full[0] === "rules" && MISTAKES.has(key)) {
    return {
      message: `\`${key}\` is no lint: it is an error in any case, and cannot be switched`,
      help: "remove the line",
    };
  }
  if (full.length !== 2 || full[0] !== "jobs") return null;
  const help =
    OTHER_WORDS.get(key) ?? parameterHelp(key, { name: String(full[1]), value, allowed });
  return help === null ? null : { message: null, help };
}

/** The remedy for a value of the wrong kind, where its place tells what happened. */
export function misplacedValue(full: Path, value: JsonValue): string | null {
  const fuller = rewrite(full, value);
  if (fuller !== null) return fuller;
  if (full[0] !== "jobs") return null;
  const [, key] = full;
  if (full.length === 1 && Array.isArray(value)) {
    const name = nameOf(value[0] ?? null);
    return `write a map, each job by its name and without a dash: \`jobs: {${name}: {schedule: "@daily", …}}\``;
  }
  return full.length === 2 && typeof key === "string" && isJobKey(key) ? indentHelp(key) : null;
}

/** A word where a map is wanted: which of its keys was meant. */
function rewrite(full: Path, value: JsonValue): string | null {
  const isPolicy =
    (full[0] === "jobs" && full.length === 3) || (full[0] === "defaults" && full.length === 2);
  const key = String(full.at(-1));
  const meant = isPolicy && typeof value !== "object" ? REWRITES.get(key)?.(value) : undefined;
  return meant === undefined ? null : `write \`${key}: ${meant}\``;
}

type Scalar = string | number | boolean;

const REWRITES: ReadonlyMap<string, (value: Scalar) => string> = new Map<
  string,
  (value: Scalar) => string
>([
  [
    "catchup",
    (value) =>
      isOneOf(value, ["none", "latest", "all"]) ? `{policy: ${value}}` : "{policy: latest}",
  ],
  [
    "dst",
    (value) => {
      if (isOneOf(value, ["skip", "run_after"])) return `{gap: ${value}}`;
      return isOneOf(value, ["once", "twice"])
        ? `{fold: ${value}}`
        : "{gap: run_after, fold: once}";
    },
  ],
  ["retry", (value) => `{attempts: ${Number.isInteger(Number(value)) ? value : 3}}`],
]);

function isOneOf(value: Scalar, words: readonly string[]): boolean {
  return words.includes(String(value));
}

function nameOf(entry: JsonValue): string {
  const isMap = typeof entry === "object" && entry !== null && !Array.isArray(entry);
  const name = isMap ? entry["name"] : entry;
  return typeof name === "string" && /^[a-z][a-z0-9_-]{0,62}$/.test(name) ? name : "report";
}

function isJobKey(key: string): boolean {
  return schemaAt(rootSchema(), ["jobs", "", key]) !== null;
}

function indentHelp(key: string): string {
  const everywhere = schemaAt(rootSchema(), ["defaults", key]) !== null;
  const also = everywhere ? ", or set it for all jobs under `defaults`" : "";
  return `\`${key}\` is a key of a job: indent it deeper than the job's name${also}`;
}

/** What other schedulers call our keys. */
const OTHER_WORDS: ReadonlyMap<string, string> = new Map([
  ["cron", "write `schedule: {cron: …}`"],
  ["every", "write `schedule: {every: …}`"],
  ["interval", "write `schedule: {every: …}`"],
  ["at", "write `schedule: {at: …}`"],
  ["when", "did you mean `schedule`?"],
  ["timezone", "write `schedule: {cron: …, timezone: …}`"],
  ["cmd", "did you mean `command`?"],
  ["exec", "did you mean `command`?"],
  ["run", "did you mean `command`?"],
  ["script", "did you mean `command`?"],
  ["shell", "did you mean `command`?"],
  ["args", "did you mean `parameters`?"],
  ["arguments", "did you mean `parameters`?"],
  ["options", "did you mean `parameters`?"],
  ["params", "did you mean `parameters`?"],
  ["url", "write `http: {url: …}`"],
  ["disabled", "write `enabled: false`"],
  ["retries", "write `retry: {attempts: …}`, the first attempt included"],
  ["max_retries", "write `retry: {attempts: …}`, the first attempt included"],
  ["attempts", "write `retry: {attempts: …}`"],
  ["backoff", "write `retry: {attempts: …, backoff: …}`"],
  ["concurrency_policy", "did you mean `overlap`?"],
  ["concurrencyPolicy", "did you mean `overlap`?"],
  ["lock", "did you mean `mutex`?"],
  ["jitter", "did you mean `spread`?"],
  ["persistent", "did you mean `catchup`?"],
  ["notify", "did you mean `on_failure`?"],
  ["name", "the name of a job is its key under `jobs`: remove the line"],
]);

/** Keys that the design of the file has a meaning for, and this version none. */
const LATER: ReadonlySet<string> = new Set(["needs", "data", "jobs", "identity", "metadata"]);

/** Whatever a job's own code reads is a parameter. */
function parameterHelp(
  key: string,
  { name, value, allowed }: { name: string; value: JsonValue; allowed: string[] },
): string | null {
  const isMap = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap || "command" in value || "http" in value || LATER.has(key)) return null;
  const builtin = !("plugin" in value) && findBuiltin(name) !== null;
  if (builtin || closest(key, allowed) !== null) return null;
  return `put it under parameters: if the job's code reads it, write \`parameters: {${key}: …}\``;
}
