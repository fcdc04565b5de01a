import { credentialsInArguments, credentialsInCommand } from "../model/command-credentials.ts";
import type { Stretch } from "../model/credentials.ts";
import { credentialsIn, hideStretches, mayBeSecretName } from "../model/credentials.ts";
import type { JobRun, JobSpec } from "../model/job.ts";
import type { FailureHook } from "../model/policy.ts";
import type { ValueSource } from "../model/request.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { isRecord, isTexts } from "../model/json.ts";

/** One pass over a value. */
export interface Masking {
  /** What is written in place of a secret. */
  markOf: (path: string, secret: JsonValue) => string;
  /** The secrets that were met, by their paths. */
  hidden: Map<string, JsonValue[]>;
}

interface Spot {
  /** Dotted, from the spec on. */
  path: string;
  masking: Masking;
}

/** A spec without its literal credentials. */
export function maskSpecWith(spec: JobSpec, masking: Masking): JobSpec {
  const { description, env, parameters, cwd, tags, onFailure } = spec;
  return {
    ...spec,
    description: maskText(description, { path: "description", masking }),
    run: maskRunWith(spec.run, masking),
    env: maskSources(env, { path: "env", masking }),
    parameters: maskObject(parameters, { path: "parameters", masking, named: false }),
    cwd: cwd === null ? null : maskText(cwd, { path: "cwd", masking }),
    tags: tags.map((tag) => maskText(tag, { path: "tags", masking })),
    onFailure: onFailure === null ? null : maskHook(onFailure, { path: "onFailure", masking }),
  };
}

/** What a job runs, without its literal credentials. */
export function maskRunWith(run: JobRun, masking: Masking): JobRun {
  return run.type === "command" || run.type === "http"
    ? maskHook(run, { path: "run", masking })
    : run;
}

/** What a job does about a failure is written as what a job runs. */
function maskHook(hook: FailureHook, { path, masking }: Spot): FailureHook {
  if (hook.type === "command") {
    const spot = { path: `${path}.command`, masking };
    return { type: "command", command: maskCommand(hook.command, spot) };
  }
  const { http } = hook;
  const at = `${path}.http`;
  return {
    type: "http",
    http: {
      ...http,
      url: maskSource(http.url, { path: `${at}.url`, masking }),
      headers: maskSources(http.headers, { path: `${at}.headers`, masking }),
      body: http.body === null ? null : maskSource(http.body, { path: `${at}.body`, masking }),
    },
  };
}

/** The value of one field of a spec or of the settings, without the literal credentials in it. */
export function maskJson(value: JsonValue, { path, masking }: Spot): JsonValue {
  if (/^(?:run|onFailure)\.command$/.test(path) && (typeof value === "string" || isTexts(value))) {
    return maskCommand(value, { path, masking });
  }
  if ((path === "run" || path === "onFailure") && isRecord(value)) {
    return mapObject(value, (key, entry) => maskJson(entry, { path: `${path}.${key}`, masking }));
  }
  const lookup = /^(?:env\.|(?:run|onFailure)\.http\.).*\.(?:env|file)$/.test(path);
  const named = !lookup && path.split(/[.[\]"]+/).some(mayBeSecretName);
  return maskValue(value, { path, masking, named });
}

function maskCommand(command: string | string[], spot: Spot): string | string[] {
  if (typeof command === "string") return hide(command, credentialsInCommand(command), spot);
  const found = credentialsInArguments(command);
  return command.map((argument, index) => hide(argument, found[index] ?? [], spot));
}

function maskSources(
  sources: Record<string, ValueSource>,
  { path, masking }: Spot,
): Record<string, ValueSource> {
  const entries = Object.entries(sources).map(([name, source]): [string, ValueSource] => {
    const spot = { path: `${path}.${name}`, masking };
    const secret = typeof source === "string" && mayBeSecretName(name);
    return [name, secret ? markOf(source, spot) : maskSource(source, spot)];
  });
  return Object.fromEntries(entries);
}

function maskSource(source: ValueSource, spot: Spot): ValueSource {
  return typeof source === "string" ? maskText(source, spot) : source;
}

function maskText(text: string, spot: Spot): string {
  return hide(text, credentialsIn(text), spot);
}

interface NamedSpot extends Spot {
  /** Under a name of secrets: all that is no lookup is hidden. */
  named: boolean;
}

function maskValue(value: JsonValue, spot: NamedSpot): JsonValue {
  if (Array.isArray(value)) return value.map((entry) => maskValue(entry, spot));
  if (isRecord(value)) return maskObject(value, spot);
  if (value === null || typeof value === "boolean") return value;
  if (spot.named) return markOf(value, spot);
  return typeof value === "string" ? maskText(value, spot) : value;
}

function maskObject(value: JsonObject, { path, named, masking }: NamedSpot): JsonObject {
  const lookup = isLookup(value);
  return mapObject(value, (key, entry) => {
    const secret = !lookup && (named || mayBeSecretName(key));
    return maskValue(entry, { path: `${path}.${key}`, masking, named: secret });
  });
}

function hide(text: string, stretches: readonly Stretch[], spot: Spot): string {
  return hideStretches(text, stretches, (hidden) => markOf(hidden, spot));
}

/** Notes a secret, and returns what is written in place of it. */
function markOf(secret: JsonValue, { path, masking }: Spot): string {
  const known = masking.hidden.get(path);
  if (known === undefined) masking.hidden.set(path, [secret]);
  else known.push(secret);
  return masking.markOf(path, secret);
}

/** `{env: NAME}` or `{file: PATH}`. */
function isLookup(value: JsonObject): boolean {
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === "env" || keys[0] === "file");
}

function mapObject(
  value: JsonObject,
  change: (key: string, entry: JsonValue) => JsonValue,
): JsonObject {
  const entries = Object.entries(value).map(([key, entry]): [string, JsonValue] => [
    key,
    change(key, entry),
  ]);
  return Object.fromEntries(entries);
}
