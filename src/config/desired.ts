import { BUILTINS } from "../model/builtins.ts";
import type { Job, SchedulerConfig, Schedule } from "../model/config.generated.ts";
import type {
  DefaultedField,
  DesiredJob,
  DesiredState,
  JobRun,
  JobSchedule,
  JobSpec,
  Permissions,
} from "../model/job.ts";
import { canonicalJson, type JsonObject } from "../model/json.ts";
import { scheduleOf } from "./check-schedule.ts";
import { SHORTHANDS } from "./check-use.ts";
import { viewJob, type JobView, type World } from "./context.ts";
import type { Handler } from "./handler.ts";
import { parseInstant } from "./instant.ts";
import { POLICY_KEYS, toClockChange, toPolicies } from "./policies.ts";
import { toRequest } from "./request.ts";
import { DEFAULTS, milliseconds, timezoneOf, toSettings } from "./settings.ts";
import { parseSize } from "./size.ts";

/**
 * What the file wants, with every default filled in. The config must have passed all checks.
 *
 * `hash` is sha256 as hex; `file` names the config in places; `known` returns a job that was made
 * from the same text under the same circumstances, which is then taken over but for its place.
 */
export function toDesired(
  config: SchedulerConfig,
  options: {
    world: World;
    pluginDir: string;
    file: string;
    placeOfJob: (name: string) => { line: number; column: number };
    hash: (text: string) => string;
    known?: (view: JobView) => DesiredJob | null;
  },
): DesiredState {
  const { world, file, placeOfJob, hash, known } = options;
  // Most jobs of a large file leave the same fields to their defaults: they share one list.
  const lists = new Map<string, DefaultedField[]>();
  const jobs = Object.entries(config.jobs).map(([name, job]): DesiredJob => {
    const view = viewJob(name, job, { config, world });
    const place = { file, ...placeOfJob(name) };
    const same = known?.(view) ?? null;
    if (same !== null) return { ...same, place };
    const spec = toSpec(view);
    const specHash = hash(canonicalJson(spec));
    const renamedFrom = job.renamed_from ?? null;
    const fields = defaultedFields(view);
    const defaulted = lists.get(fields.join()) ?? fields;
    lists.set(fields.join(), defaulted);
    return { spec, specHash, defaulted, renamedFrom, place };
  });
  return { settings: toSettings(config, options.pluginDir), jobs };
}

function toSpec(view: JobView): JobSpec {
  const { name, job, config, declared, handler } = view;
  const defaults = config.defaults ?? {};
  const timeout = job.timeout ?? defaults.timeout ?? DEFAULTS.timeout;
  const schedule = scheduleOf(view);
  return {
    name,
    description: job.description ?? declared.description ?? describedByBuiltin(handler) ?? "",
    schedule: schedule === null ? null : toSchedule(schedule, view),
    enabled: job.enabled ?? declared.enabled ?? true,
    run: toRun(handler, job),
    parameters: toParameters(job, handler),
    permissions: toPermissions(job),
    env: job.env ?? NO_ENVIRONMENT,
    cwd: job.cwd ?? null,
    memoryBytes: parseSize(job.memory ?? defaults.memory ?? DEFAULTS.memory) ?? 0,
    timeoutMs: timeout === "none" ? null : milliseconds(timeout),
    graceMs: milliseconds(job.grace ?? defaults.grace ?? DEFAULTS.grace),
    outputBytes: parseSize(job.output ?? defaults.output ?? DEFAULTS.output) ?? 0,
    tags: job.tags ?? NO_TAGS,
    ...toPolicies(job, defaults),
  };
}

/** Instants are stored in one form, so that another way to write the same is no change. */
function toSchedule(
  schedule: Schedule,
  { job, config }: Pick<JobView, "job" | "config">,
): JobSchedule {
  if (typeof schedule === "string") return toSchedule({ cron: schedule }, { job, config });
  if ("every" in schedule) return { type: "interval", everyMs: milliseconds(schedule.every) };
  if ("at" in schedule) {
    return { type: "once", executeAt: new Date(parseInstant(schedule.at) ?? 0).toISOString() };
  }
  const timezone = schedule.timezone ?? timezoneOf(config);
  const dst = toClockChange(job, config.defaults ?? {});
  const cron = { type: "cron", expression: schedule.cron, timezone } as const;
  return dst === undefined ? cron : { ...cron, dst };
}

function toRun(handler: Handler | null, job: Job): JobRun {
  if (handler === null) throw new TypeError("a config with errors has no desired state");
  if (handler.type === "http") return { type: "http", http: toRequest(handler.http) };
  if (handler.type !== "builtin") return handler;
  const enforce = job.enforce ?? BUILTINS[handler.builtin].enforcesByDefault;
  return { ...handler, enforce, ...(job.database === undefined ? {} : { database: job.database }) };
}

/** The shorthands beside the schedule become parameters, and a built-in's defaults are filled in. */
function toParameters(job: Job, handler: Handler | null): JsonObject {
  if (handler?.type !== "builtin") return job.parameters ?? NO_PARAMETERS;
  const parameters: JsonObject = {};
  for (const [name, { default: fallback }] of Object.entries(
    BUILTINS[handler.builtin].parameters,
  )) {
    parameters[name] = typeof fallback === "number" ? fallback : [...fallback];
  }
  for (const name of SHORTHANDS) {
    const value = job[name];
    if (value !== undefined) parameters[name] = value;
  }
  return { ...parameters, ...job.parameters };
}

/** What jobs that say nothing share: there may be tens of thousands. */
const NO_PERMISSIONS: Permissions = toPermissions({ permissions: {} });
const NO_ENVIRONMENT: JobSpec["env"] = {};
const NO_PARAMETERS: JsonObject = {};
const NO_TAGS: JobSpec["tags"] = [];

function toPermissions({ permissions }: Pick<Job, "permissions">): Permissions {
  if (permissions === undefined) return NO_PERMISSIONS;
  const { net = false, run = false, read = [], write = [], env = [], database = [] } = permissions;
  return { net, run, read, write, env, database };
}

function describedByBuiltin(handler: Handler | null): string | null {
  return handler?.type === "builtin" ? BUILTINS[handler.builtin].description : null;
}

/** What neither the job, nor its code, nor the file's `defaults` set. */
function defaultedFields(view: JobView): DefaultedField[] {
  const { job, config, declared } = view;
  const defaults = config.defaults ?? {};
  const isDefault: Partial<Record<DefaultedField, boolean>> = {
    description: job.description === undefined && declared.description === null,
    schedule: job.schedule === undefined && declared.schedule === null,
    timezone: hasDefaultZone(view),
    enabled: job.enabled === undefined && declared.enabled === null,
    run: (job.plugin ?? job.command ?? job.http) === undefined,
    enforce: view.handler?.type === "builtin" && job.enforce === undefined,
    parameters: job.parameters === undefined && SHORTHANDS.every((key) => job[key] === undefined),
    permissions: job.permissions === undefined,
    env: job.env === undefined,
    cwd: job.cwd === undefined,
    memoryBytes: (job.memory ?? defaults.memory) === undefined,
    timeoutMs: (job.timeout ?? defaults.timeout) === undefined,
    graceMs: (job.grace ?? defaults.grace) === undefined,
    outputBytes: (job.output ?? defaults.output) === undefined,
    tags: job.tags === undefined,
  };
  const set = { ...defaults, ...job };
  const policies = (Object.keys(POLICY_KEYS) as (keyof typeof POLICY_KEYS)[]).filter(
    (field) => set[POLICY_KEYS[field]] === undefined,
  );
  const others = (Object.keys(isDefault) as DefaultedField[]).filter((field) => isDefault[field]);
  return [...others, ...policies];
}

function hasDefaultZone(view: JobView): boolean {
  const { config } = view;
  const schedule = scheduleOf(view);
  if (schedule === null || (config.defaults?.timezone ?? config.timezone) !== undefined)
    return false;
  return typeof schedule === "string" || ("cron" in schedule && schedule.timezone === undefined);
}
