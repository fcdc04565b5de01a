import { credentialsInArguments, credentialsInCommand } from "../model/command-credentials.ts";
import type { Stretch } from "../model/credentials.ts";
import { credentialsIn, hideStretches, mayBeSecretName } from "../model/credentials.ts";
import type { JobRun, JobSpec, ValueSource } from "../model/job.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";

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
  const { description, env, parameters, cwd, tags } = spec;
  return {
    ...spec,
    description: maskText(description, { path: "description", masking }),
    run: maskRunWith(spec.run, masking),
    env: maskSources(env, { path: "env", masking }),
    parameters: maskObject(parameters, { path: "parameters", masking, named: false }),
    cwd: cwd === null ? null : maskText(cwd, { path: "cwd", masking }),
    tags: tags.map((tag) => maskText(tag, { path: "tags", masking })),
  };
}

/** What a job runs, without its literal credentials. */
export function maskRunWith(run: JobRun, masking: Masking): JobRun {
  if (run.type === "command") {
    return { type: "command", command: maskCommand(run.command, { path: "run.command", masking }) };
  }
  if (run.type !== "http") return run;
  const { http } = run;
  const path = "run.http";
  return {
    type: "http",
    http: {
      ...http,
      url: maskSource(http.url, { path: `${path}.url`, masking }),
      headers: maskSources(http.headers, { path: `${path}.headers`, masking }),
      body: http.body === null ? null : maskSource(http.body, { path: `${path}.body`, masking }),
    },
  };
}

/** The value of one field of a spec or of the settings, without the literal credentials in it. */
export function maskJson(value: JsonValue, { path, masking }: Spot): JsonValue {
  if (path === "run.command" && (typeof value === "string" || isTexts(value))) {
    return maskCommand(value, { path, masking });
  }
  if (path === "run" && isRecord(value)) {
    return mapObject(value, (key, entry) => maskJson(entry, { path: `run.${key}`, masking }));
  }
  const lookup = /^(?:env\.|run\.http\.).*\.(?:env|file)$/.test(path);
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

function isRecord(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: JsonValue): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}
