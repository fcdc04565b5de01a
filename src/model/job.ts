import type { BuiltinName } from "./builtins.ts";
import type { JsonObject } from "./json.ts";
import type { ClockChangePolicy, HeartbeatSettings, JobPolicies } from "./policy.ts";
import type { HttpRequest, ValueSource } from "./request.ts";

/** When a job is due. Instants are ISO 8601 in UTC with milliseconds; zones are IANA names. */
export type JobSchedule =
  | { type: "cron"; expression: string; timezone: string; dst?: ClockChangePolicy }
  | { type: "interval"; everyMs: number }
  | { type: "once"; executeAt: string };

/** What a job runs. A `plugin` names a file in the plugin directory, and optionally one of its exports. */
export type JobRun =
  | { type: "plugin"; plugin: string; export: string | null }
  | { type: "command"; command: string | string[] }
  | { type: "http"; http: HttpRequest }
  | BuiltinRun;

/** A built-in job. What is absent is as the built-in itself has it. */
export interface BuiltinRun {
  type: "builtin";
  builtin: BuiltinName;
  /** False: it writes nothing, and tells what it would do. */
  enforce?: boolean;
  /** The connection under `database.connections` that it works on; absent: the scheduler's own. */
  database?: string;
}

/**
 * What a plugin's process may do beside computing, logging and returning. Node cannot limit the
 * network or child processes by name, so `net` and `run` are all or nothing. Paths are absolute
 * or relative to the config file, as written.
 */
export interface Permissions {
  net: boolean;
  run: boolean;
  read: string[];
  write: string[];
  /** Names of environment variables of the node that the process may see. */
  env: string[];
  /** Names of connections under `database.connections` that `ctx.database()` may open. */
  database: string[];
}

/**
 * One job as the file declares it, with every default filled in. It is stored as JSON with each
 * registration, and its hash decides whether a job changed; it holds no secrets.
 */
export interface JobSpec extends JobPolicies {
  name: string;
  description: string;
  /** Null: run by hand only. */
  schedule: JobSchedule | null;
  enabled: boolean;
  run: JobRun;
  parameters: JsonObject;
  permissions: Permissions;
  env: Record<string, ValueSource>;
  /** Relative to the config file, as written; null is the project root. */
  cwd: string | null;
  /** Resident memory of the job's process tree above which it is killed. */
  memoryBytes: number;
  /** Null: no limit. */
  timeoutMs: number | null;
  /** Time between SIGTERM and SIGKILL. */
  graceMs: number;
  /** Captured output that is kept per attempt: half from its head, half from its tail. */
  outputBytes: number;
  tags: string[];
}

/** The fields of a spec that can hold a default; `Plan` marks those that do. */
export type DefaultedField = keyof JobSpec | "timezone" | "enforce";

/** A job the config file wants, with where it was declared. */
export interface DesiredJob {
  spec: JobSpec;
  /** sha256 of the canonical JSON of `spec`. */
  specHash: string;
  /** The fields that the author left to their defaults. */
  defaulted: DefaultedField[];
  /** The name it had before, whose history it keeps; null where the file says nothing. */
  renamedFrom: string | null;
  /** 1-based place of the job's key. */
  place: { file: string; line: number; column: number };
}

/** Everything the config file says beside its jobs. */
export interface SchedulerSettings {
  project: string | null;
  timezone: string;
  /** Absolute path of the plugin directory. */
  pluginDir: string;
  database: DatabaseSettings;
  retention: RetentionSettings;
  /** Jobs that one node runs at a time; null: 2 × cores. */
  nodeConcurrency: number | null;
  /** How the life of a node is seen from outside; null: it is not. */
  heartbeat: HeartbeatSettings | null;
}

export interface DatabaseSettings {
  /** Null: the embedded PostgreSQL of the state directory. */
  url: ValueSource | null;
  schema: string;
  leaseMs: number;
  /** The address is that of a pooler which may give each transaction another session. */
  pooled: boolean;
  /** Databases that jobs may be granted, by name. */
  connections: Record<string, ValueSource>;
}

/** A record is pruned when it is older than its age or beyond its count, whichever is less. */
export interface RetentionSettings {
  executionAgeMs: number;
  executionsPerJob: number;
  /** What a `log-cleanup` job keeps longer is in it already. */
  logAgeMs: LogAge;
  /** The `log-cleanup` job whose days are longer than `retention.logs`; absent: there is none. */
  logsKeptBy?: string;
  versionsPerJob: number;
}

/** How long log lines are kept: all alike, or by their level. */
export type LogAge = number | { debugMs: number; infoMs: number; warnMs: number; errorMs: number };

export interface DesiredState {
  settings: SchedulerSettings;
  jobs: DesiredJob[];
}

/** `-` and `_` are the same in a job's name: `cleanup-sessions` is `cleanup_sessions`. */
export function jobKey(name: string): string {
  return name.replaceAll("-", "_");
}

/** The schedule as outputs show it: the cron text as written, `every 5m`, `at …Z`, or empty. */
export function scheduleText(schedule: JobSchedule | null): string {
  if (schedule === null) return "";
  switch (schedule.type) {
    case "cron":
      return schedule.expression;
    case "interval":
      return `every ${durationText(schedule.everyMs)}`;
    case "once":
      return `at ${schedule.executeAt}`;
  }
}

/** A length of time as the config file writes it: `1h30m`, `45s`, `500ms`. */
export function durationText(ms: number): string {
  if (ms === 0) return "0s";
  const units = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["m", 60_000],
    ["s", 1_000],
    ["ms", 1],
  ] as const;
  let rest = Math.round(ms);
  let text = "";
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}
