import type { JsonObject, JsonValue } from "../model/json.ts";
import { canonicalJson, isRecord } from "../model/json.ts";
import type { Plan } from "./plan.ts";

/** What tells one database from another, and the schema in it. */
export interface DatabaseIdentity {
  /** The project that the schema belongs to; null where none is named. */
  project: string | null;
  schema: string;
  database: string;
  /** The number that the server's data got when it was made; null where it may not be asked. */
  server: string | null;
}

/** A plan that was written to a file, with all that must still hold when it is applied. */
export interface SavedPlan {
  kind: "cronverge-plan";
  format: 1;
  /** The version of Cronverge that made it. */
  version: string;
  /** ISO 8601 in UTC. */
  created_at: string;
  created_by: string;
  database: DatabaseIdentity;
  /** The revision that was in force. */
  base_revision: number | null;
  /** Absolute path, where the plan was made. */
  config_file: string;
  git_commit: string | null;
  /** Of the config text and of the code it names. */
  config_hash: string;
  /** sha256 of the config text. */
  source_hash: string;
  /** Plugin name → sha256 of its code. */
  codes: Record<string, string>;
  /** Whether it may remove all jobs, or most of them. */
  allow_prune: boolean;
  /** A `Plan` without literal credentials. */
  plan: JsonObject;
}

/** A saved plan that somebody agreed to, and how another one is compared with it. */
export interface AgreedPlan {
  saved: SavedPlan;
  /** A plan as it would be saved. */
  toJson: (plan: Plan) => JsonObject;
}

/** Why a file cannot be applied. */
export interface SavedPlanProblem {
  /** `foreign`: it is something else. `damaged`: it was a saved plan once. */
  kind: "foreign" | "format" | "damaged";
  /** A sentence about the file, which it calls `it`. */
  message: string;
}

/** Reads the text of a saved plan. */
export function parseSavedPlan(
  text: string,
): { saved: SavedPlan; problem: null } | { saved: null; problem: SavedPlanProblem } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return looksSaved(text) ? damaged("its JSON is not whole") : FOREIGN;
  }
  if (!isRecord(value) || value["kind"] !== "cronverge-plan") return FOREIGN;
  if (value["format"] !== 1) {
    const message = `it has another format, ${canonicalJson(value["format"])}`;
    return { saved: null, problem: { kind: "format", message } };
  }
  if (isSavedPlan(value)) return { saved: value, problem: null };
  return damaged(`${wrongField(value)} is missing or wrong`);
}

/**
 * The jobs to which two plans (as JSON) do different things, whatever the time and whatever runs
 * meanwhile. Empty: they do the same.
 */
export function differingJobs(a: JsonObject, b: JsonObject): string[] {
  const before = deedsOf(a);
  const after = deedsOf(b);
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}

interface Refused {
  saved: null;
  problem: SavedPlanProblem;
}

const FOREIGN: Refused = {
  saved: null,
  problem: { kind: "foreign", message: "it is not a saved plan" },
};

function damaged(what: string): Refused {
  return { saved: null, problem: { kind: "damaged", message: `it is damaged: ${what}` } };
}

/** A file that was cut while it was written still begins as one. */
function looksSaved(text: string): boolean {
  return text.slice(0, 200).includes('"cronverge-plan"');
}

function isSavedPlan(value: unknown): value is SavedPlan {
  return isRecord(value) && wrongField(value) === null;
}

function wrongField(value: Record<string, unknown>): string | null {
  const wrong = Object.entries(FIELDS).find(([key, fits]) => !fits(value[key]));
  return wrong?.[0] ?? null;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isTextOrNull: Check = (value) => value === null || isText(value);

const FIELDS: Record<keyof SavedPlan, Check> = {
  kind: isText,
  format: (value) => value === 1,
  version: isText,
  created_at: isText,
  created_by: isText,
  database: (value) =>
    isRecord(value) &&
    isTextOrNull(value["project"]) &&
    isText(value["schema"]) &&
    isText(value["database"]) &&
    isTextOrNull(value["server"]),
  base_revision: (value) => value === null || typeof value === "number",
  config_file: isText,
  git_commit: isTextOrNull,
  config_hash: isText,
  source_hash: isText,
  codes: (value) => isRecord(value) && Object.values(value).every(isText),
  allow_prune: (value) => typeof value === "boolean",
  plan: (value) => isRecord(value) && Array.isArray(value["changes"]),
};

/** What a plan does to each job, as one text. Times and open executions are no deed. */
function deedsOf(plan: JsonObject): Map<string, string> {
  const deeds = new Map<string, string>();
  const add = (record: JsonObject, keys: readonly string[]): void => {
    const name = typeof record["name"] === "string" ? record["name"] : "";
    const said = canonicalJson(keys.map((key) => record[key] ?? null));
    deeds.set(name, `${deeds.get(name) ?? ""}${said}`);
  };
  for (const change of recordsOf(plan["changes"])) {
    if (change["action"] === "none") continue;
    const [code = {}] = recordsOf([change["code"] ?? null]);
    add(change, ["action", "renamedFrom", "jobId", "before", "after"]);
    add({ ...code, name: change["name"] ?? null }, ["before", "after"]);
  }
  // An override that the file has caught up with is taken back.
  for (const drift of recordsOf(plan["drift"])) {
    if (drift["settled"] === true) add(drift, ["settled", "overrideEnabled"]);
  }
  return deeds;
}

function recordsOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((entry) => isRecord(entry)) : [];
}
