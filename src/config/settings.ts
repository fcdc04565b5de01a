import { findBuiltin } from "../model/builtins.ts";
import type { Heartbeat, Job, SchedulerConfig } from "../model/config.generated.ts";
import type { LogAge, RetentionSettings, SchedulerSettings } from "../model/job.ts";
import { ageOfLevel, atLeast } from "../model/log-age.ts";
import { LOG_LEVELS } from "../model/execution.ts";
import type { HeartbeatSettings } from "../model/policy.ts";
import { parseDuration } from "../schedule/duration.ts";

/** What holds where the file is silent. */
export const DEFAULTS = {
  timezone: "UTC",
  plugins: "./plugins",
  timeout: "5m",
  grace: "10s",
  memory: "256MB",
  output: "1MiB",
  schema: "cronverge",
  lease: "15s",
  executionAge: "90d",
  executionsPerJob: 10_000,
  logAge: "30d",
  versionsPerJob: 10,
  heartbeat: "1m",
  /** Status codes of HTTP that count as success. */
  expect: [200, 201, 202, 204],
} as const;

/** The zone of every cron schedule that names none. */
export function timezoneOf(config: SchedulerConfig): string {
  return config.defaults?.timezone ?? config.timezone ?? DEFAULTS.timezone;
}

/** Everything beside the jobs, with defaults filled in. `pluginDir` is absolute. */
export function toSettings(config: SchedulerConfig, pluginDir: string): SchedulerSettings {
  const { database, retention } = config;
  return {
    project: config.project ?? null,
    timezone: timezoneOf(config),
    pluginDir,
    database: {
      url: database?.url ?? null,
      schema: database?.schema ?? DEFAULTS.schema,
      leaseMs: milliseconds(database?.lease ?? DEFAULTS.lease),
      pooled: database?.pooled ?? false,
      connections: database?.connections ?? {},
    },
    retention: {
      executionAgeMs: milliseconds(retention?.executions?.age ?? DEFAULTS.executionAge),
      executionsPerJob: retention?.executions?.per_job ?? DEFAULTS.executionsPerJob,
      ...logRetention(config),
      versionsPerJob: retention?.versions ?? DEFAULTS.versionsPerJob,
    },
    nodeConcurrency: config.node?.concurrency ?? null,
    heartbeat: toHeartbeat(config.node?.heartbeat),
  };
}

const DAY_MS = 86_400_000;

/** Whoever declares a `log-cleanup` of 90 days wants lines of 80 days, whatever `retention` says. */
function logRetention({
  retention,
  jobs,
}: SchedulerConfig): Pick<RetentionSettings, "logAgeMs" | "logsKeptBy"> {
  const logAgeMs = toLogAge(retention?.logs);
  const cleanups = Object.entries(jobs).filter(
    ([name, job]) =>
      findBuiltin(name) === "log-cleanup" && (job.command ?? job.http ?? job.plugin) === undefined,
  );
  for (const [name, job] of cleanups) {
    const keptMs = retentionDays(job) * DAY_MS;
    if (LOG_LEVELS.some((level) => ageOfLevel(logAgeMs, level) < keptMs)) {
      return { logAgeMs: atLeast(logAgeMs, keptMs), logsKeptBy: name };
    }
  }
  return { logAgeMs };
}

/** Only what the author wrote: the default is no wish to keep anything. */
function retentionDays({ retention_days: days, parameters }: Job): number {
  const written = days ?? parameters?.["retention_days"];
  return typeof written === "number" ? written : 0;
}

function toLogAge(logs: NonNullable<SchedulerConfig["retention"]>["logs"]): LogAge {
  if (logs === undefined || typeof logs === "string") {
    return milliseconds(logs ?? DEFAULTS.logAge);
  }
  const of = (age: string | undefined): number => milliseconds(age ?? DEFAULTS.logAge);
  const { debug, info, warn, error } = logs;
  return { debugMs: of(debug), infoMs: of(info), warnMs: of(warn), errorMs: of(error) };
}

function toHeartbeat(heartbeat: Heartbeat | undefined): HeartbeatSettings | null {
  if (heartbeat === undefined) return null;
  const everyMs = milliseconds(heartbeat.every ?? DEFAULTS.heartbeat);
  return "file" in heartbeat
    ? { target: { type: "file", file: heartbeat.file }, everyMs }
    : { target: { type: "url", url: heartbeat.url }, everyMs };
}

/** A duration of a config that was checked. */
export function milliseconds(duration: string): number {
  return parseDuration(duration) ?? 0;
}
