import { errorMessage } from "../model/errors.ts";
import type { LogLevel } from "../model/execution.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import type { Channel } from "./channel.ts";
import { createContext, type LiveContext } from "./context.ts";
import { executable } from "./load-job.ts";
import type { DatabaseRequest, JobToScheduler, ReturnedResult, StartMessage } from "./messages.ts";
import { returnedResult } from "./returned.ts";

/** What a test gives a job. All of it may be left out. */
export interface RunJobOptions {
  /** `ctx.job.name`; that of the definition if absent. */
  name?: string;
  parameters?: JsonObject;
  /** Counts from 1. */
  attempt?: number;
  /** Absent: a run by hand. */
  scheduledFor?: Date;
  /** Aborts `ctx.signal`. */
  signal?: AbortSignal;
  /** Answers the queries of `ctx.database(name)`; a name that is not here was not granted. */
  databases?: Record<string, AnswerQuery>;
}

/** Gets the text of a query with `$1, $2, …` and their values, and returns the rows. */
export type AnswerQuery = (
  text: string,
  parameters: readonly JsonValue[],
) => JsonObject[] | Promise<JsonObject[]>;

/** What a run came to, as the history would show it. */
export interface JobRun extends ReturnedResult {
  logs: JobRunLog[];
}

export interface JobRunLog {
  level: LogLevel;
  message: string;
  /** Null: none was given. */
  metadata: JsonValue;
}

/**
 * Runs a job for a test: `job` is what its file exports. Parameters, log lines, queries and the
 * result pass through the code that a real run uses. Rejects with what the job throws, which a real
 * run records as a failure.
 *
 * The job runs in the test's own process, so the permissions of the config file are not in force:
 * a test that passes does not show that they grant enough.
 */
export async function runJob(job: unknown, options: RunJobOptions = {}): Promise<JobRun> {
  const execute = executable(job, "default");
  const logs: JobRunLog[] = [];
  const { signal, databases = {} } = options;
  const channel: Channel = {
    send: (message) => {
      if (message.type === "log") logs.push(logOf(message));
      if (message.type === "request") void serve(message, { live, databases });
    },
    keepAlive: () => undefined,
  };
  const live = createContext(startMessage(job, options), channel);
  const abort = (): void => live.abort("the run was asked to end");
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted === true) abort();
  try {
    return { ...returnedResult(await execute(live.context)), logs };
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

function startMessage(job: unknown, options: RunJobOptions): StartMessage {
  const { parameters = {}, attempt = 1, scheduledFor } = options;
  return {
    type: "start",
    nonce: "",
    exportName: null,
    timeoutMs: null,
    context: {
      job: { name: options.name ?? declaredName(job) },
      execution: {
        id: "00000000-0000-7000-8000-000000000000",
        attempt,
        scheduledFor: scheduledFor?.toISOString() ?? null,
        fence: "1",
      },
      // A copy, as a job in a process of its own gets it.
      parameters: JSON.parse(JSON.stringify(parameters)),
    },
  };
}

function declaredName(job: unknown): string {
  const name: unknown = typeof job === "object" && job !== null ? Reflect.get(job, "name") : null;
  return typeof name === "string" ? name : "job";
}

function logOf({ level, message, metadata }: JobToScheduler & { type: "log" }): JobRunLog {
  return { level, message, metadata };
}

async function serve(
  { id, request }: JobToScheduler & { type: "request" },
  { live, databases }: { live: LiveContext; databases: Record<string, AnswerQuery> },
): Promise<void> {
  const answer = databases[request.database];
  if (answer === undefined) {
    const error = `the job may not use the database ${request.database}`;
    return live.respond({ type: "response", id, error, denied: request.database });
  }
  try {
    live.respond({ type: "response", id, value: await answerRequest(request, answer) });
  } catch (error) {
    live.respond({ type: "response", id, error: errorMessage(error) });
  }
}

/** Every transaction has the same number: a test's answers know of none. */
async function answerRequest(request: DatabaseRequest, answer: AnswerQuery): Promise<JsonValue> {
  if (request.method === "begin") return 1;
  if (request.method !== "query") return null;
  const rows = await answer(request.text, request.parameters);
  return JSON.parse(JSON.stringify(rows));
}
