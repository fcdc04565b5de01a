import type { JobSpec, SchedulerSettings } from "../model/job.ts";
import type { RuntimeStatus } from "../model/service.ts";

/** One registered job as the database shows it. */
export interface ObservedJob {
  /** Null where the job is only taken as if it were registered. */
  id: string | null;
  name: string;
  /** Only `config` jobs are the file's: a `dynamic` one is never removed by it. */
  origin: "config" | "dynamic";
  /** The effective state, an override included. */
  enabled: boolean;
  specHash: string;
  /** Loaded only where the hash differs from the desired one, or the job goes. */
  spec: JobSpec | null;
  /** sha256 of the code that is registered; null where the job has none. */
  codeSha256: string | null;
  override: ObservedOverride | null;
  runtimeStatus: RuntimeStatus;
  /** Why it is `crashed`. */
  crashed: string | null;
  /** Since when its failures keep it from running, ISO 8601 in UTC; null: they do not. */
  pausedAt: string | null;
  anchorMs: number;
  /** Executions that run, and those that wait. */
  running: number;
  pending: number;
  /** ISO 8601 in UTC. */
  nextRun: string | null;
}

/**
 * A job as if this declaration of it were in force and nothing else were known of it: what a plan
 * compares with where two states of the files meet, and not a file and the database.
 */
export function observedAs(
  spec: JobSpec,
  given: { specHash: string; codeSha256: string | null; nowMs: number },
): ObservedJob {
  const { specHash, codeSha256, nowMs } = given;
  return {
    id: null,
    name: spec.name,
    origin: "config",
    enabled: spec.enabled,
    specHash,
    spec,
    codeSha256,
    override: null,
    runtimeStatus: "running",
    crashed: null,
    pausedAt: null,
    anchorMs: nowMs,
    running: 0,
    pending: 0,
    nextRun: null,
  };
}

/** What a person said against the file with `jobs enable` or `jobs disable`. */
export interface ObservedOverride {
  enabled: boolean;
  by: string;
  reason: string | null;
  /** ISO 8601 in UTC. */
  at: string;
}

export interface ObservedState {
  /** The revision in force; null before the first apply. */
  revision: number | null;
  /** Those of that revision; null where they are not known. */
  settings: SchedulerSettings | null;
  jobs: ObservedJob[];
}
