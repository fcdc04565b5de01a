import type { Heartbeat, SchedulerConfig } from "../model/config.generated.ts";
import type { SchedulerSettings } from "../model/job.ts";
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
      logAgeMs: milliseconds(retention?.logs ?? DEFAULTS.logAge),
      versionsPerJob: retention?.versions ?? DEFAULTS.versionsPerJob,
    },
    nodeConcurrency: config.node?.concurrency ?? null,
    heartbeat: toHeartbeat(config.node?.heartbeat),
  };
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
