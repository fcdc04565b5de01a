import type { LogLevel } from "../model/execution.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";

/**
 * What a job's process and the scheduler say to one another: JSON, one message a line, over file
 * descriptor 3. The scheduler trusts nothing that comes from a job and checks every message.
 */
export type SchedulerToJob =
  | StartMessage
  | { type: "abort"; reason: string }
  | { type: "response"; id: number; value: JsonValue }
  /** `denied` names the database that the job was not granted. */
  | { type: "response"; id: number; error: string; denied?: string };

/** The first message, sent once. */
export interface StartMessage {
  type: "start";
  /** Repeated in every message of the job, so that another process cannot speak for it. */
  nonce: string;
  /** Null: the default export. */
  exportName: string | null;
  timeoutMs: number | null;
  context: ContextData;
}

/** The plain data of a `JobContext`. */
export interface ContextData {
  job: { name: string };
  execution: { id: string; attempt: number; scheduledFor: string | null; fence: string };
  parameters: JsonObject;
}

export type JobToScheduler = { nonce: string } & (
  | { type: "log"; atMs: number; level: LogLevel; message: string; metadata: JsonValue }
  | { type: "request"; id: number; request: DatabaseRequest }
  | { type: "result"; result: ReturnedResult }
  | { type: "failure"; failure: JobFailure }
  /** The job has returned, and its process did not end: `open` names what it waits for. */
  | { type: "lingering"; open: string[] }
);

/** `transaction` is the number that `begin` returned; null: outside of one. */
export type DatabaseRequest =
  | {
      method: "query";
      database: string;
      transaction: number | null;
      text: string;
      parameters: JsonValue[];
    }
  | { method: "begin"; database: string }
  | { method: "commit" | "rollback"; database: string; transaction: number };

/** What the job's code returned, in one shape. */
export interface ReturnedResult {
  success: boolean;
  message: string | null;
  itemsProcessed: number | null;
  itemsFailed: number | null;
  value: JsonValue;
}

/** What the job's code threw. */
export interface JobFailure {
  /** `load`: its module could not be loaded, or holds no job; `run`: while or after it ran. */
  stage: "load" | "run";
  /** The name and message, and the frames that are in the job's own files. */
  text: string;
  /** Of the error, or of what caused it. */
  code: string | null;
  /** What Node says it lacks, for `ERR_ACCESS_DENIED`: `FileSystemRead`, `ChildProcess`, … */
  permission: string | null;
  /** The path or name that was denied. */
  resource: string | null;
}

/** Bounds that the job's own side keeps, so that an honest job never breaks the scheduler's. */
export const MAX_RESULT_BYTES: number = 1_048_576;
export const MAX_REQUEST_BYTES: number = 2 * 1_048_576;
