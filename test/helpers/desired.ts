import { createHash } from "node:crypto";
import type { DesiredState, JobSpec } from "../../src/model/job.ts";
import { DEFAULT_POLICIES } from "../../src/model/policy.ts";
import { canonicalJson } from "../../src/model/json.ts";
import type { Database } from "../../src/store/connection.ts";
import { applyDesired } from "../../src/store/apply.ts";
import type { ApplyRequest } from "../../src/store/apply-request.ts";
import type { Applied } from "../../src/store/apply.ts";

/** A job that runs `true` every minute, but for what `given` says. */
export function commandJob(name: string, given: Partial<JobSpec> = {}): JobSpec {
  return {
    name,
    description: "",
    schedule: { type: "cron", expression: "* * * * *", timezone: "UTC" },
    enabled: true,
    run: { type: "command", command: ["true"] },
    parameters: {},
    permissions: { net: false, run: false, read: [], write: [], env: [], database: [] },
    env: {},
    cwd: null,
    memoryBytes: 256_000_000,
    timeoutMs: 300_000,
    graceMs: 10_000,
    outputBytes: 1_048_576,
    tags: [],
    ...DEFAULT_POLICIES,
    ...given,
  };
}

/** The state that a config with these jobs wants. */
export function desiredState(...specs: JobSpec[]): DesiredState {
  return {
    settings: {
      project: null,
      timezone: "UTC",
      pluginDir: "/nowhere",
      database: { url: null, schema: "cronverge", leaseMs: 15_000, pooled: false, connections: {} },
      retention: {
        executionAgeMs: 90 * 86_400_000,
        executionsPerJob: 10_000,
        logAgeMs: 30 * 86_400_000,
        versionsPerJob: 10,
      },
      nodeConcurrency: null,
      heartbeat: null,
    },
    jobs: specs.map((spec) => ({
      spec,
      specHash: createHash("sha256").update(canonicalJson(spec)).digest("hex"),
      defaulted: [],
      renamedFrom: null,
      place: { file: "config.yaml", line: 1, column: 1 },
    })),
  };
}

/** Applies a config with these jobs, as a reconciler would. */
export async function applyJobs(
  database: Database,
  specs: JobSpec[],
  given: Partial<ApplyRequest> = {},
): Promise<Applied> {
  return applyDesired(database, requestOf(specs, given));
}

/** What a reconciler would ask for, for a config with these jobs. */
export function requestOf(specs: JobSpec[], given: Partial<ApplyRequest> = {}): ApplyRequest {
  return {
    desired: desiredState(...specs),
    configHash: canonicalJson(specs),
    source: "jobs: {}",
    configFile: "/project/config.yaml",
    codes: new Map(),
    git: null,
    appliedBy: "test",
    nodeId: null,
    allowPrune: false,
    cancelRunning: false,
    ...given,
  };
}

/** Moves a job's next run into the past, as if nobody had looked since. */
export async function rewindClock(database: Database, job: string, to: Date): Promise<void> {
  await database.query(
    `update job_clock set next_run = $2::timestamptz, next_effective = $2::timestamptz,
            anchor = least(anchor, $2::timestamptz)
      where job_id = (select id from scheduled_jobs where job_name = $1)`,
    [job, to.toISOString()],
  );
}
