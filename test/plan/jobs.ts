import type { DesiredJob, DesiredState, JobSpec } from "../../src/model/job.ts";
import { DEFAULT_POLICIES } from "../../src/model/policy.ts";
import { canonicalJson } from "../../src/model/json.ts";
import type { ObservedJob, ObservedState } from "../../src/plan/observed.ts";

/** Saturday, a little before noon in London. */
export const NOW_MS: number = Date.parse("2026-11-21T11:50:00.000Z");

/** A plugin job that is due daily, and what `given` says. */
export function spec(name: string, given: Partial<JobSpec> = {}): JobSpec {
  return {
    name,
    description: "",
    schedule: { type: "cron", expression: "0 2 * * *", timezone: "UTC" },
    enabled: true,
    run: { type: "plugin", plugin: name, export: null },
    parameters: {},
    permissions: { net: false, run: false, read: [], write: [], env: [], database: [] },
    env: {},
    cwd: null,
    memoryBytes: 268_435_456,
    timeoutMs: 300_000,
    graceMs: 10_000,
    outputBytes: 1_048_576,
    tags: [],
    ...DEFAULT_POLICIES,
    ...given,
  };
}

export function desired(...specs: JobSpec[]): DesiredState {
  return {
    settings: {
      project: null,
      timezone: "UTC",
      pluginDir: "/srv/app/plugins",
      database: { url: null, schema: "cronverge", leaseMs: 15_000, pooled: false, connections: {} },
      retention: {
        executionAgeMs: 7_776_000_000,
        executionsPerJob: 10_000,
        logAgeMs: 2_592_000_000,
        versionsPerJob: 10,
      },
      nodeConcurrency: null,
      heartbeat: null,
    },
    jobs: specs.map((wanted, index) => desiredJob(wanted, index + 1)),
  };
}

export function observed(...jobs: ObservedJob[]): ObservedState {
  return { revision: 12, settings: null, jobs };
}

/** A registered job, as the store would show it beside a file that wants another. */
export function registered(registration: JobSpec, given: Partial<ObservedJob> = {}): ObservedJob {
  return {
    id: `id-of-${registration.name}`,
    name: registration.name,
    origin: "config",
    enabled: registration.enabled,
    specHash: canonicalJson(registration),
    spec: registration,
    codeSha256: null,
    override: null,
    runtimeStatus: "running",
    crashed: null,
    pausedAt: null,
    anchorMs: NOW_MS - 90_000,
    running: 0,
    pending: 0,
    nextRun: null,
    ...given,
  };
}

function desiredJob(wanted: JobSpec, line: number): DesiredJob {
  return {
    spec: wanted,
    specHash: canonicalJson(wanted),
    defaulted: ["enabled", "timeoutMs", "graceMs", "memoryBytes", "outputBytes"],
    renamedFrom: null,
    place: { file: "config.yaml", line, column: 3 },
  };
}
