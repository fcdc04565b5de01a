import {
  credentialsIn,
  credentialsInArguments,
  credentialsInCommand,
  hideStretches,
  mayBeSecretName,
  type Stretch,
} from "../model/credentials.ts";
import type { JobRun, JobSpec, ValueSource } from "../model/job.ts";
import { canonicalJson, type JsonObject, type JsonValue } from "../model/json.ts";
import type { Change } from "../plan/change.ts";
import type { FieldChange } from "../plan/fields.ts";
import type { Plan } from "../plan/plan.ts";

const MASK = "***";

/**
 * The plan without the literal credentials that somebody wrote into the file: values of variables,
 * headers and parameters with such a name, tokens, and passwords in addresses and commands. What is
 * looked up on the node (`{env: NAME}`) names no secret and stays.
 */
export function maskPlan(plan: Plan): Plan {
  const { changes, settings } = plan;
  return { ...plan, settings: settings.map(maskField), changes: changes.map(maskChange) };
}

/** A spec without the literal credentials that somebody wrote into the file. */
export function maskSpec(spec: JobSpec): JobSpec {
  const masking: Masking = { mark: MASK, hidden: [] };
  return {
    ...spec,
    description: maskText(spec.description, masking),
    run: maskRun(spec.run, masking),
    env: maskSources(spec.env, masking),
    parameters: maskObject(spec.parameters, { named: false, masking }),
    cwd: spec.cwd === null ? null : maskText(spec.cwd, masking),
    tags: spec.tags.map((tag) => maskText(tag, masking)),
  };
}

function maskChange(change: Change): Change {
  return {
    ...change,
    fields: change.fields.map(maskField),
    before: change.before === null ? null : maskSpec(change.before),
    after: change.after === null ? null : maskSpec(change.after),
  };
}

/** A secret that changed is shown to have changed, and no more of it. */
function maskField({ path, before, after }: FieldChange): FieldChange {
  const [from, to] = maskSides(path, { before, after }, [MASK, MASK]);
  const changed = canonicalJson(from.hidden) !== canonicalJson(to.hidden);
  if (from.hidden.length === 0 || to.hidden.length === 0 || !changed) {
    return { path, before: from.value, after: to.value };
  }
  const marks = [`${MASK} (before)`, `${MASK} (after)`] as const;
  const [marked, markedTo] = maskSides(path, { before, after }, marks);
  return { path, before: marked.value, after: markedTo.value };
}

interface Side {
  value: JsonValue;
  /** What the mask stands for. */
  hidden: JsonValue[];
}

function maskSides(
  path: string,
  { before, after }: Pick<FieldChange, "before" | "after">,
  [beforeMark, afterMark]: readonly [string, string],
): [Side, Side] {
  const from: Masking = { mark: beforeMark, hidden: [] };
  const to: Masking = { mark: afterMark, hidden: [] };
  return [
    { value: maskAt(path, before, from), hidden: from.hidden },
    { value: maskAt(path, after, to), hidden: to.hidden },
  ];
}

/** One pass over a value: what it writes in place of a secret, and the secrets it met. */
interface Masking {
  mark: string;
  hidden: JsonValue[];
}

function maskAt(path: string, value: JsonValue, masking: Masking): JsonValue {
  if (path === "run.command") return maskCommand(value, masking);
  if (path === "run" && isRecord(value)) {
    const entries = Object.entries(value).map(([key, entry]): [string, JsonValue] => [
      key,
      maskAt(`run.${key}`, entry, masking),
    ]);
    return Object.fromEntries(entries);
  }
  const keys = path.split(/[.[\]"]+/);
  const lookup = /^(?:env\.|run\.http\.).*\.(?:env|file)$/.test(path);
  return maskValue(value, { named: !lookup && keys.some(mayBeSecretName), masking });
}

function maskRun(run: JobRun, masking: Masking): JobRun {
  if (run.type === "command") {
    const { command } = run;
    return typeof command === "string"
      ? { type: "command", command: maskLine(command, masking) }
      : { type: "command", command: maskArguments(command, masking) };
  }
  if (run.type !== "http") return run;
  const { http } = run;
  const source = (given: ValueSource): ValueSource =>
    typeof given === "string" ? maskText(given, masking) : given;
  return {
    type: "http",
    http: {
      ...http,
      url: source(http.url),
      headers: maskSources(http.headers, masking),
      body: http.body === null ? null : source(http.body),
    },
  };
}

function maskCommand(value: JsonValue, masking: Masking): JsonValue {
  if (typeof value === "string") return maskLine(value, masking);
  const isList = Array.isArray(value) && value.every((entry) => typeof entry === "string");
  return isList ? maskArguments(value, masking) : value;
}

function maskLine(line: string, masking: Masking): string {
  return hide(line, credentialsInCommand(line), masking);
}

function maskArguments(command: readonly string[], masking: Masking): string[] {
  const found = credentialsInArguments(command);
  return command.map((argument, index) => hide(argument, found[index] ?? [], masking));
}

function maskText(text: string, masking: Masking): string {
  return hide(text, credentialsIn(text), masking);
}

function hide(text: string, stretches: readonly Stretch[], { mark, hidden }: Masking): string {
  for (const { start, end } of stretches) hidden.push(text.slice(start, end));
  return hideStretches(text, stretches, mark);
}

function maskSources(
  sources: Record<string, ValueSource>,
  masking: Masking,
): Record<string, ValueSource> {
  const entries = Object.entries(sources).map(([key, source]): [string, ValueSource] => {
    if (typeof source !== "string") return [key, source];
    if (!mayBeSecretName(key)) return [key, maskText(source, masking)];
    masking.hidden.push(source);
    return [key, masking.mark];
  });
  return Object.fromEntries(entries);
}

interface Spot {
  /** Under a name of secrets: all that is no lookup is hidden. */
  named: boolean;
  masking: Masking;
}

function maskValue(value: JsonValue, spot: Spot): JsonValue {
  if (Array.isArray(value)) return value.map((entry) => maskValue(entry, spot));
  if (isRecord(value)) return maskObject(value, spot);
  if (value === null || typeof value === "boolean") return value;
  const { named, masking } = spot;
  if (!named) return typeof value === "string" ? maskText(value, masking) : value;
  masking.hidden.push(value);
  return masking.mark;
}

function maskObject(value: JsonObject, { named, masking }: Spot): JsonObject {
  const lookup = isLookup(value);
  const entries = Object.entries(value).map(([key, entry]): [string, JsonValue] => [
    key,
    maskValue(entry, { named: !lookup && (named || mayBeSecretName(key)), masking }),
  ]);
  return Object.fromEntries(entries);
}

/** `{env: NAME}` or `{file: PATH}`. */
function isLookup(value: JsonObject): boolean {
  const keys = Object.keys(value);
  return keys.length === 1 && (keys[0] === "env" || keys[0] === "file");
}

function isRecord(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
