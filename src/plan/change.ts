import type { DefaultedField, DesiredJob, JobSpec } from "../model/job.ts";
import { jobKey } from "../model/job.ts";
import { canonicalJson } from "../model/json.ts";
import type { RuntimeStatus, ServiceAction } from "../model/service.ts";
import { serviceAction } from "./action.ts";
import { changedFields } from "./fields.ts";
import type { FieldChange } from "./fields.ts";
import type { TimesDiff } from "./times-diff.ts";
import type { ObservedJob } from "./observed.ts";
import { grantedPermissions, widenedPermissions } from "./permissions.ts";
import type { PlannedSchedule } from "./schedule.ts";
import { plannedSchedule } from "./schedule.ts";

export type ChangeAction = "create" | "update" | "delete" | "enable" | "disable" | "none";

/** What happens to one job. */
export interface Change {
  action: ChangeAction;
  serviceAction: ServiceAction;
  name: string;
  /** The name until now, where the job is renamed and keeps its history. */
  renamedFrom: string | null;
  /** Null for a job that was not registered. */
  jobId: string | null;
  /** Where the job is declared: in the file as it will be, or was; null where that is not known. */
  place: Place | null;
  fields: FieldChange[];
  /** Null for `create`. */
  before: JobSpec | null;
  /** Null for `delete`. */
  after: JobSpec | null;
  /** The fields of `after` that the author left to their defaults. */
  defaulted: DefaultedField[];
  /** The sha256 of the code on both sides, where it differs. */
  code: CodeChange | null;
  /** What the job may do from now on and could not before; empty for `create`. */
  widened: string[];
  /** All that `after` may do beside computing. */
  granted: string[];
  /** When `after` is due; null where it is by hand only, or the job goes. */
  schedule: PlannedSchedule | null;
  /** How the due times differ; null where it was not asked for, or the job is on no clock. */
  times: TimesDiff | null;
  live: LiveEffect;
}

/** 1-based line and column of a job's key. */
export type Place = DesiredJob["place"];

export interface CodeChange {
  before: string | null;
  after: string | null;
  /** The files that differ; null where only the hashes are known. */
  files: CodeFile[] | null;
  /** Why the later side may run more code than its files show; absent where nothing is hidden. */
  unknown?: string[];
}

/** One file of a job's code that differs, by how many of its lines. */
export interface CodeFile {
  /** Relative to the root of the repository. */
  file: string;
  added: number;
  removed: number;
  /** How it differs beside its lines, such as `no longer executable`; absent where it does not. */
  note?: string;
}

/** The executions that are open while the plan is made, and what the change means for them. */
export interface LiveEffect {
  running: number;
  pending: number;
  effect: string | null;
}

export interface ChangeOptions {
  nowMs: number;
  /** The zone of times that have none of their own; UTC where it is not known. */
  timezone?: string;
  /** Plugin name → sha256 of its code. One that is missing counts as unchanged. */
  codes: ReadonlyMap<string, string>;
  /** sha256 of all the code of a job, where more than plugins counts; in the place of `codes`. */
  codeOf?: (spec: JobSpec) => string | null;
}

/**
 * What happens to one job that the file declares; null when it stays as it is. `known` is its
 * registration until now, which has another name where the job is renamed.
 */
export function makeChange(
  job: DesiredJob,
  known: ObservedJob | null,
  options: ChangeOptions,
): Change | null {
  const code = changedCode(job.spec, known, options);
  if (known === null) return creation(job, code, options);
  if (known.specHash === job.specHash && code === null) return null;
  // With equal hashes the spec was not loaded, and is the desired one.
  const before = known.specHash === job.specHash ? job.spec : known.spec;
  const after = job.spec;
  const fields = before === null ? [] : changedFields(before, after);
  // An older version stored the same spec in another form: its hash differs, and nothing else.
  if (before !== null && fields.length === 0 && code === null) return null;
  const action = actionOf(fields, code, after);
  const sameSchedule = before !== null && keepsClock(before, after);
  const enabled = known.override?.enabled ?? after.enabled;
  return {
    action,
    serviceAction: serviceAction(after.enabled ? "enabled" : "disabled", runtimeOf(known)),
    name: after.name,
    renamedFrom: jobKey(known.name) === jobKey(after.name) ? null : known.name,
    jobId: known.id,
    place: job.place,
    fields,
    before,
    after,
    defaulted: job.defaulted,
    code,
    widened: before === null ? [] : widenedPermissions(before, after),
    granted: grantedPermissions(after),
    schedule: scheduleOf(after, {
      anchorMs: sameSchedule ? known.anchorMs : options.nowMs,
      nowMs: options.nowMs,
      timezone: options.timezone,
      enabled,
    }),
    times: null,
    live: liveEffect(known, enabled ? "stays" : "rests"),
  };
}

/** The end of a registered job that the file no longer declares. */
export function removal(known: ObservedJob): Change {
  return {
    action: "delete",
    serviceAction: serviceAction(null, "orphaned"),
    name: known.name,
    renamedFrom: null,
    jobId: known.id,
    place: null,
    fields: [],
    before: known.spec,
    after: null,
    defaulted: [],
    code: known.codeSha256 === null ? null : { before: known.codeSha256, after: null, files: null },
    widened: [],
    granted: [],
    schedule: null,
    times: null,
    live: liveEffect(known, "goes"),
  };
}

function creation(job: DesiredJob, code: Change["code"], options: ChangeOptions): Change {
  const { spec } = job;
  const { nowMs, timezone } = options;
  return {
    action: "create",
    serviceAction: serviceAction(spec.enabled ? "enabled" : "disabled", null),
    name: spec.name,
    renamedFrom: null,
    jobId: null,
    place: job.place,
    fields: [],
    before: null,
    after: spec,
    defaulted: job.defaulted,
    code,
    widened: [],
    granted: grantedPermissions(spec),
    schedule: scheduleOf(spec, { anchorMs: nowMs, nowMs, timezone, enabled: spec.enabled }),
    times: null,
    live: { running: 0, pending: 0, effect: null },
  };
}

function changedCode(
  spec: JobSpec,
  known: ObservedJob | null,
  { codes, codeOf }: ChangeOptions,
): Change["code"] {
  const before = known?.codeSha256 ?? null;
  const plugin = spec.run.type === "plugin" ? (codes.get(spec.run.plugin) ?? before) : null;
  const after = codeOf === undefined ? plugin : codeOf(spec);
  return before === after ? null : { before, after, files: null };
}

function actionOf(
  fields: readonly FieldChange[],
  code: Change["code"],
  after: JobSpec,
): ChangeAction {
  const onlyEnabled = code === null && fields.length === 1 && fields[0]?.path === "enabled";
  if (!onlyEnabled) return "update";
  return after.enabled ? "enable" : "disable";
}

/** A job that is disabled is registered by name, but nothing of it is on the clock. */
function runtimeOf(known: ObservedJob): RuntimeStatus | null {
  return known.runtimeStatus === "running" && !known.enabled ? null : known.runtimeStatus;
}

/** A changed schedule and a re-enabled job have no past: they start from now. */
function keepsClock(before: JobSpec, after: JobSpec): boolean {
  return (
    before.enabled === after.enabled &&
    canonicalJson(before.schedule) === canonicalJson(after.schedule)
  );
}

function scheduleOf(
  spec: JobSpec,
  options: Parameters<typeof plannedSchedule>[1],
): Change["schedule"] {
  return spec.schedule === null ? null : plannedSchedule(spec.schedule, options);
}

function liveEffect(known: ObservedJob, fate: "goes" | "rests" | "stays"): LiveEffect {
  const { running, pending } = known;
  const parts: string[] = [];
  if (known.crashed !== null && fate === "stays") {
    parts.push(`${known.crashed.split("\n", 1)[0]}; it starts again with this change`);
  }
  if (fate === "stays") {
    if (running > 0) parts.push(`${runs(running)} going on with what it started with`);
    if (pending > 0) parts.push(`${runs(pending)} waiting and will use the new declaration`);
  } else {
    if (running > 0) parts.push(`${runs(running)} going on and may finish`);
    if (pending > 0) parts.push(`${runs(pending)} waiting and will be cancelled`);
  }
  return { running, pending, effect: parts.length > 0 ? parts.join("; ") : null };
}

function runs(count: number): string {
  return count === 1 ? "1 run is" : `${count} runs are`;
}
