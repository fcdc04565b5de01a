import { inspect } from "node:util";
import type { LogLevel } from "../model/execution.ts";
import type { JsonValue } from "../model/json.ts";
import type { Channel } from "./channel.ts";
import { createDatabase, type Ask } from "./database.ts";
import type { JobContext, JobLogger } from "./job-context.ts";
import { MAX_REQUEST_BYTES, type SchedulerToJob, type StartMessage } from "./messages.ts";
import { fromJson, toJson, wallClockMs } from "./originals.ts";
import { MAX_TEXT_CHARACTERS, shorten } from "./shorten.ts";

/** A context, with what feeds it. */
export interface LiveContext {
  context: JobContext;
  abort(reason: string): void;
  respond(message: Extract<SchedulerToJob, { type: "response" }>): void;
}

/** The context of one run: plain data from the start message, the rest over the channel. */
export function createContext(start: StartMessage, channel: Channel): LiveContext {
  const { job, execution, parameters } = start.context;
  const controller = new AbortController();
  const requests = createRequests(start.nonce, channel);
  const scheduledFor = execution.scheduledFor === null ? null : new Date(execution.scheduledFor);
  return {
    context: {
      job,
      execution: { ...execution, scheduledFor },
      parameters,
      logger: createLogger(start.nonce, channel),
      signal: controller.signal,
      database: (name) => createDatabase(name, requests.ask),
    },
    abort: (reason) => {
      if (!controller.signal.aborted) controller.abort(new DOMException(reason, "AbortError"));
    },
    respond: requests.respond,
  };
}

function createRequests(
  nonce: string,
  channel: Channel,
): { ask: Ask; respond: LiveContext["respond"] } {
  const open = new Map<number, PromiseWithResolvers<JsonValue>>();
  let lastId = 0;
  const ask: Ask = (request) => {
    if (toJson(request).length > MAX_REQUEST_BYTES) {
      return Promise.reject(new RangeError(`a query may take ${MAX_REQUEST_BYTES} bytes at most`));
    }
    lastId += 1;
    const answer = Promise.withResolvers<JsonValue>();
    open.set(lastId, answer);
    // Only an open request keeps the process waiting for the scheduler.
    channel.keepAlive(true);
    channel.send({ type: "request", nonce, id: lastId, request });
    return answer.promise;
  };
  const respond: LiveContext["respond"] = (message) => {
    const answer = open.get(message.id);
    open.delete(message.id);
    if (open.size === 0) channel.keepAlive(false);
    if ("error" in message) answer?.reject(answerError(message));
    else answer?.resolve(message.value);
  };
  return { ask, respond };
}

/** A database that was not granted is denied in the same shape as Node denies a file. */
function answerError(message: { error: string; denied?: string }): Error {
  const error = new Error(message.error);
  if (message.denied === undefined) return error;
  const denial = { code: "ERR_ACCESS_DENIED", permission: "Database", resource: message.denied };
  return Object.assign(error, denial);
}

function createLogger(nonce: string, channel: Channel): JobLogger {
  const logAt =
    (level: LogLevel) =>
    (message: string, metadata?: unknown): void =>
      channel.send({
        type: "log",
        nonce,
        atMs: wallClockMs(),
        level,
        message: shorten(textOf(message)),
        metadata: logMetadata(metadata),
      });
  return {
    debug: logAt("debug"),
    info: logAt("info"),
    warn: logAt("warn"),
    error: logAt("error"),
  };
}

/** Metadata never makes a log line fail: what is no JSON, or too long, becomes a text. */
function logMetadata(metadata: unknown): JsonValue {
  if (metadata === undefined) return null;
  if (metadata instanceof Error) return shorten(textOf(metadata.stack ?? metadata.message));
  try {
    const text: string | undefined = toJson(metadata, (_key, value: unknown) =>
      typeof value === "bigint" ? value.toString() : value,
    );
    if (text === undefined) return `[${typeof metadata}]`;
    return text.length > MAX_TEXT_CHARACTERS ? shorten(text) : (fromJson(text) as JsonValue);
  } catch {
    return "[metadata that JSON cannot carry]";
  }
}

/** Job code may be JavaScript and log anything. */
function textOf(given: unknown): string {
  if (typeof given === "string") return given;
  // A text in it is not cut here too: what hides secrets knows the end of the whole for a cut.
  return inspect(given, { maxStringLength: MAX_TEXT_CHARACTERS });
}
