import type { LogLevel } from "../model/execution.ts";
import type { JsonValue } from "../model/json.ts";
import {
  MAX_RESULT_BYTES,
  type DatabaseRequest,
  type JobFailure,
  type JobToScheduler,
  type ReturnedResult,
} from "../sandbox/messages.ts";
import { MAX_TEXT_CHARACTERS } from "../sandbox/shorten.ts";

/**
 * What a job sent, checked field by field, or null when it breaks the protocol. Job code shares
 * its process with our host and can send what it likes: nothing here may be believed to have a
 * shape, and the launcher has bounded only the size of the whole.
 */
export function parseJobMessage(message: unknown, nonce: string): JobToScheduler | null {
  if (!isRecord(message) || message.nonce !== nonce) return null;
  switch (message.type) {
    case "log":
      return parseLog(message, nonce);
    case "request":
      return parseRequest(message, nonce);
    case "result":
      return parseResult(message, nonce);
    case "failure":
      return parseFailure(message, nonce);
    case "lingering":
      return { type: "lingering", nonce, open: parseNames(message.open) };
    default:
      return null;
  }
}

type Fields = Record<string, unknown>;

const LEVELS: readonly string[] = ["debug", "info", "warn", "error"] satisfies LogLevel[];

/** The end of the year 9999: later instants have no text that sorts. */
const MAX_INSTANT_MS = 253_402_300_799_999;

/** The mark of a shortened text is within this. */
const LOG_CHARACTERS = MAX_TEXT_CHARACTERS + 100;

/** What an error says may be long; nobody reads more of it. */
const MAX_FAILURE_CHARACTERS = 32_768;

function parseLog(message: Fields, nonce: string): JobToScheduler | null {
  const { atMs, level, message: text, metadata } = message;
  if (!isCount(atMs) || atMs > MAX_INSTANT_MS) return null;
  if (!isLevel(level) || !isText(text, LOG_CHARACTERS)) return null;
  if (JSON.stringify(metadata ?? null).length > LOG_CHARACTERS * 2) return null;
  return { type: "log", nonce, atMs, level, message: text, metadata: json(metadata) };
}

function parseRequest(message: Fields, nonce: string): JobToScheduler | null {
  const { id, request } = message;
  if (!isCount(id) || !isRecord(request)) return null;
  const parsed = parseDatabaseRequest(request);
  return parsed === null ? null : { type: "request", nonce, id, request: parsed };
}

function parseDatabaseRequest(request: Fields): DatabaseRequest | null {
  const { method, database, transaction, text, parameters } = request;
  if (!isText(database, 200)) return null;
  if (method === "begin") return { method, database };
  if (method === "commit" || method === "rollback") {
    return isCount(transaction) ? { method, database, transaction } : null;
  }
  if (method !== "query" || typeof text !== "string" || !Array.isArray(parameters)) return null;
  if (transaction !== null && !isCount(transaction)) return null;
  return { method, database, transaction, text, parameters: parameters.map(json) };
}

function parseResult(message: Fields, nonce: string): JobToScheduler | null {
  const { result } = message;
  if (!isRecord(result) || typeof result.success !== "boolean") return null;
  const { itemsProcessed, itemsFailed } = result;
  const text = result.message ?? null;
  if (text !== null && typeof text !== "string") return null;
  if (JSON.stringify(result).length > MAX_RESULT_BYTES * 2) return null;
  const parsed: ReturnedResult = {
    success: result.success,
    message: text,
    itemsProcessed: isCount(itemsProcessed) ? itemsProcessed : null,
    itemsFailed: isCount(itemsFailed) ? itemsFailed : null,
    value: json(result.value),
  };
  return { type: "result", nonce, result: parsed };
}

function parseFailure(message: Fields, nonce: string): JobToScheduler | null {
  const { failure } = message;
  if (!isRecord(failure) || typeof failure.text !== "string") return null;
  const parsed: JobFailure = {
    stage: failure.stage === "load" ? "load" : "run",
    text: failure.text.slice(0, MAX_FAILURE_CHARACTERS),
    code: shortText(failure.code),
    permission: shortText(failure.permission),
    resource: shortText(failure.resource),
  };
  return { type: "failure", nonce, failure: parsed };
}

/** Names are for a person to read: a few short ones are enough. */
function parseNames(value: unknown): string[] {
  const names = Array.isArray(value) ? value : [];
  return names.filter((name) => isText(name, 100)).slice(0, 20);
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown, limit: number): value is string {
  return typeof value === "string" && value.length <= limit;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isLevel(value: unknown): value is LogLevel {
  return typeof value === "string" && LEVELS.includes(value);
}

function shortText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value.slice(0, 4_096) : null;
}

/** The whole message came out of `JSON.parse`, so every part of it is JSON; absent means null. */
function json(value: unknown): JsonValue {
  return value === undefined ? null : (value as JsonValue);
}
