import type { LogLine } from "../model/execution.ts";
import type { JobSpec } from "../model/job.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import type { Launcher } from "./launcher-client.ts";

/** One attempt of a job, with everything its executor needs to know. */
export interface AttemptRequest {
  executionId: string;
  jobName: string;
  /** Counts from 1. */
  attempt: number;
  fence: string;
  /** ISO 8601, UTC; null for a run that no schedule asked for. */
  scheduledFor: string | null;
  spec: JobSpec;
  parameters: JsonObject;
  /** Absolute path of the project root: the working directory of a job that names none. */
  root: string;
  /** Absolute folder of the config file: its paths are relative to it. */
  configDir: string;
  nodeId: string;
  traceId: string;
  /** Absent: an attempt of the job itself. */
  hook?: HookRequest;
}

/** What makes a request one that tells of an execution, and is none of its attempts. */
export interface HookRequest {
  /** The same at each try, and no execution's: by it a process is known, and a request repeated. */
  noticeId: string;
  /** Variables of a command, beside those that every process of ours has. */
  variables: Record<string, string>;
}

/** What every executor is given. */
export interface AttemptDeps {
  onLog(lines: LogLine[]): void;
  /** Aborted with a `CancelReason` to end the attempt. */
  signal?: AbortSignal;
}

/** What an executor that starts a process is given beside. */
export interface ProcessDeps extends AttemptDeps {
  launcher: Launcher;
  /** The process runs: its code may already have had effects. */
  onStarted?(pid: number): void;
}

/**
 * One database that a job was granted; the daemon holds the connection. Nothing of it has a limit of
 * time: it ends with the signal that it was opened with.
 */
export interface DatabaseSession {
  query(text: string, parameters: JsonValue[]): Promise<JsonValue[]>;
  begin(): Promise<DatabaseTransaction>;
}

export interface DatabaseTransaction {
  query(text: string, parameters: JsonValue[]): Promise<JsonValue[]>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}
