import type { Behaviour, TortureJob } from "./jobs.ts";

export interface ConfigOptions {
  leaseMs: number;
  nodeConcurrency: number;
  /** The script that every job runs. */
  script: string;
  /** Where the jobs write down what they did, and where they hold their locks. */
  ledger: string;
  locks: string;
  /** At rest nothing is due for weeks, so that what waits is run and nothing follows. */
  atRest: boolean;
}

/** The variable by which each node is told its own road to the database. */
export const DATABASE_VARIABLE = "TORTURE_DATABASE_URL";

/** The plugin that some jobs run, and its code. */
export const PLUGIN = "sleeper";
export const PLUGIN_CODE = `export default async ({ parameters }) => {
  await new Promise((resolve) => setTimeout(resolve, parameters.ms));
};
`;

/** The config of all nodes. It is JSON, which is YAML too. */
export function configText(jobs: readonly TortureJob[], options: ConfigOptions): string {
  const config = {
    project: "torture",
    database: { url: { env: DATABASE_VARIABLE }, lease: `${options.leaseMs}ms` },
    node: { concurrency: options.nodeConcurrency },
    rules: { "schedule/timeout-beyond-interval": "off" },
    jobs: Object.fromEntries(jobs.map((job) => [job.name, jobConfig(job, options)])),
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The word of the lock that the executions of a job must never hold together; null: they may. */
export function exclusiveWord(job: TortureJob): string | null {
  if (job.mutex !== null) return `mutex-${job.mutex}`;
  return job.overlap === "allow" || job.concurrency > 1 ? null : `job-${job.name}`;
}

function jobConfig(job: TortureJob, options: ConfigOptions): object {
  return {
    schedule: options.atRest ? { every: "30d" } : scheduleOf(job),
    ...codeOf(job, options),
    timeout: TIMEOUTS[job.behaviour],
    grace: "500ms",
    retry: {
      attempts: job.attempts,
      backoff: { initial: "300ms", factor: 2, max: "2s", jitter: 0.2 },
    },
    overlap: job.overlap,
    ...(job.overlap === "queue_all" && { queue_limit: 5 }),
    ...(job.mutex !== null && { mutex: job.mutex }),
    ...(job.concurrency > 1 && { concurrency: job.concurrency }),
    catchup: { policy: job.catchup, ...(job.catchup === "all" && { max: 5 }) },
    ...(job.spreadMs > 0 && { spread: `${job.spreadMs}ms` }),
  };
}

function codeOf(job: TortureJob, { script, ledger, locks }: ConfigOptions): object {
  if (job.code === "plugin") return { plugin: PLUGIN, parameters: { ms: job.sleepMs } };
  const seconds = String(job.sleepMs / 1_000);
  return {
    command: ["/bin/sh", script, exclusiveWord(job) ?? "-", seconds, job.behaviour],
    env: { TORTURE_LEDGER: ledger, TORTURE_LOCKS: locks },
  };
}

function scheduleOf({ everySeconds, cron }: TortureJob): string | { every: string } {
  return cron ? `*/${everySeconds} * * * * *` : { every: `${everySeconds}s` };
}

const TIMEOUTS: Record<Behaviour, string> = {
  plain: "10s",
  fails_once: "10s",
  fails: "10s",
  hangs: "1s",
  stubborn: "1500ms",
  leaves: "10s",
};
