import { BUILTINS } from "../model/builtins.ts";
import type { BuiltinRun, JobSpec, Permissions } from "../model/job.ts";
import type { HttpRequest, ValueSource } from "../model/request.ts";
import { requestSources } from "../model/request.ts";

/**
 * What the process of a job may do beside computing, logging and returning, as phrases:
 * `unrestricted (command)`, `net`, `read: ./data`. Empty: nothing else.
 */
export function grantedPermissions(spec: JobSpec): string[] {
  const granted = grantedByKind(spec);
  const secrets = secretsOf(spec);
  for (const name of secrets.env) granted.push(`env: ${name}`);
  for (const path of secrets.file) granted.push(`file: ${path}`);
  for (const grant of hookGrants(spec)) granted.push(`on_failure: ${grant}`);
  return granted;
}

/**
 * Whether nothing bounds what the job may do: it starts programs, and these do what they like. One
 * that tells of its failures is started by them.
 */
export function isUnrestricted({ run, permissions, onFailure }: JobSpec): boolean {
  const starts = run.type === "command" || (run.type === "plugin" && permissions.run);
  return starts || onFailure?.type === "command";
}

/** One way in which a job may do more than before. */
export interface Widening {
  /** As people read it: `net: false → true`, `read: + ./data`. */
  phrase: string;
  /** The permission that is wider; null where that is another one than those of `permissions`. */
  permission: keyof Permissions | null;
  /** What came into the list of that permission; null where it is no list. */
  entry: string | null;
}

/**
 * How `after` may do more than `before`. A path below one that was granted before counts too: `..`
 * and links make the comparison unsafe.
 */
export function widenings(before: JobSpec, after: JobSpec): Widening[] {
  const had = secretsOf(before);
  const has = secretsOf(after);
  return [
    ...widenedKind(before, after).map(otherWidening),
    ...widenedBuiltin(before, after).map(otherWidening),
    ...(after.run.type === "plugin" ? widenedGrants(before, after) : []),
    ...widenedList("env", had.env, has.env),
    ...added("file", had.file, has.file).map(otherWidening),
    ...redirected(before, after).map(otherWidening),
    ...widenedHook(before, after).map(otherWidening),
  ];
}

/** The same as phrases. */
export function widenedPermissions(before: JobSpec, after: JobSpec): string[] {
  return widenings(before, after).map(({ phrase }) => phrase);
}

/** How `after` may do less than `before`, as phrases: `net: true → false`, `read: - ./data`. */
export function narrowedPermissions(before: JobSpec, after: JobSpec): string[] {
  const had = secretsOf(before);
  const has = secretsOf(after);
  return [
    ...narrowedKind(before, after),
    ...narrowedBuiltin(before, after),
    ...(before.run.type === "plugin" ? narrowedGrants(before, after) : []),
    ...removed("env", had.env, has.env),
    ...removed("file", had.file, has.file),
    ...narrowedHook(before, after),
  ];
}

function grantedByKind(spec: JobSpec): string[] {
  switch (spec.run.type) {
    case "command":
      return ["unrestricted (command)"];
    case "builtin":
      return grantedToBuiltin(spec.run);
    case "http":
      return [`a request to ${addressText(spec.run.http)}`];
    case "plugin":
      return grantedToPlugin(spec);
  }
}

function grantedToBuiltin({ database }: BuiltinRun): string[] {
  const trusted = "trusted code of the scheduler (built-in)";
  return database === undefined ? [trusted] : [trusted, `database: ${database}`];
}

function grantedToPlugin({ permissions }: JobSpec): string[] {
  return [
    ...(permissions.run ? ["run: any program, which is unrestricted"] : []),
    ...(permissions.net ? ["net"] : []),
    ...permissions.read.map((path) => `read: ${path}`),
    ...permissions.write.map((path) => `write: ${path}`),
    ...permissions.database.map((name) => `database: ${name}`),
  ];
}

function widenedKind(before: JobSpec, after: JobSpec): string[] {
  const from = before.run.type;
  const to = after.run.type;
  if (from === to) return [];
  if (to === "command") return [`${from} → command, which is unrestricted`];
  if (to === "builtin") return [`${from} → trusted code of the scheduler (built-in)`];
  if (to === "http" && from !== "command") return [`${from} → http, which sends a request`];
  return [];
}

/** What only told what it would do now does it, and another database is another thing to write in. */
function widenedBuiltin(before: JobSpec, after: JobSpec): string[] {
  if (after.run.type !== "builtin" || before.run.type === "command") return [];
  return [
    ...(enforces(before) === false && enforces(after) === true ? ["enforce: false → true"] : []),
    ...added("database", databasesOf(before), databasesOf(after)),
  ];
}

function narrowedBuiltin(before: JobSpec, after: JobSpec): string[] {
  if (before.run.type !== "builtin" || after.run.type === "command") return [];
  return [
    ...(enforces(before) === true && enforces(after) === false ? ["enforce: true → false"] : []),
    ...removed("database", databasesOf(before), databasesOf(after)),
  ];
}

/** Null: it is no built-in. */
function enforces({ run }: JobSpec): boolean | null {
  return run.type === "builtin" ? (run.enforce ?? BUILTINS[run.builtin].enforcesByDefault) : null;
}

function databasesOf({ run, permissions }: JobSpec): string[] {
  if (run.type === "plugin") return permissions.database;
  return run.type === "builtin" && run.database !== undefined ? [run.database] : [];
}

/** A command was unrestricted already; every other kind had no grants but a plugin's own. */
function widenedGrants(before: JobSpec, after: JobSpec): Widening[] {
  if (before.run.type === "command") return [];
  const had = before.run.type === "plugin" ? before.permissions : null;
  const has = after.permissions;
  const widens = (permission: "run" | "net"): boolean =>
    has[permission] && had?.[permission] !== true;
  const run = { phrase: "run: false → true, which is unrestricted", permission: "run" } as const;
  const net = { phrase: "net: false → true", permission: "net" } as const;
  return [
    ...[run, net]
      .filter(({ permission }) => widens(permission))
      .map((widening) => ({ ...widening, entry: null })),
    ...widenedList("read", had?.read ?? [], has.read),
    ...widenedList("write", had?.write ?? [], has.write),
    ...widenedList("database", had?.database ?? [], has.database),
  ];
}

function widenedList(
  permission: "read" | "write" | "env" | "database",
  before: readonly string[],
  after: readonly string[],
): Widening[] {
  return newEntries(before, after).map((entry) => ({
    phrase: addedText(permission, entry),
    permission,
    entry,
  }));
}

function otherWidening(phrase: string): Widening {
  return { phrase, permission: null, entry: null };
}

function narrowedKind(before: JobSpec, after: JobSpec): string[] {
  const from = before.run.type;
  const to = after.run.type;
  if (from === to) return [];
  if (from === "command") return [`command → ${to}, no longer unrestricted`];
  if (from === "builtin") return [`trusted code of the scheduler (built-in) → ${to}`];
  return [];
}

/** A job that became a command may still do all that it was granted. */
function narrowedGrants({ permissions: had }: JobSpec, after: JobSpec): string[] {
  if (after.run.type === "command") return [];
  const has = after.run.type === "plugin" ? after.permissions : null;
  return [
    ...(had.run && has?.run !== true ? ["run: true → false"] : []),
    ...(had.net && has?.net !== true ? ["net: true → false"] : []),
    ...removed("read", had.read, has?.read ?? []),
    ...removed("write", had.write, has?.write ?? []),
    ...removed("database", had.database, has?.database ?? []),
  ];
}

/**
 * A request to another host reaches what it could not reach before, and secrets that are sent to
 * another host are lost, if that host is not a friend's. Where redirects are followed, the host
 * that answers decides where the request goes.
 */
function redirected(before: JobSpec, after: JobSpec): string[] {
  if (before.run.type !== "http" || after.run.type !== "http") return [];
  const secrets = secretsOf(after);
  const what = secrets.env.length + secrets.file.length > 0 ? "secrets go" : "requests go";
  const from = addressText(before.run.http);
  const to = addressText(after.run.http);
  const follows = before.run.http.redirects === 0 && after.run.http.redirects > 0;
  return [
    ...(from === to ? [] : [`${what} to ${to}, before to ${from}`]),
    ...(follows ? ["redirects are followed, to any host"] : []),
  ];
}

/** What tells of failures, as what it is: a program that is started, or a request that is sent. */
function hookGrants({ onFailure }: JobSpec): string[] {
  if (onFailure === null) return [];
  if (onFailure.type === "command") return ["a command, which is unrestricted"];
  const { http } = onFailure;
  const { env, file } = lookedUp(requestSources(http));
  return [
    `a request to ${addressText(http)}`,
    ...(http.redirects > 0 ? ["redirects are followed, to any host"] : []),
    ...env.map((name) => `env ${name}`),
    ...file.map((path) => `file ${path}`),
  ];
}

/** A command could do all that a request can. */
function widenedHook(before: JobSpec, after: JobSpec): string[] {
  if (before.onFailure?.type === "command") return [];
  return added("on_failure", hookGrants(before), hookGrants(after));
}

function narrowedHook(before: JobSpec, after: JobSpec): string[] {
  if (after.onFailure?.type === "command") return [];
  return removed("on_failure", hookGrants(before), hookGrants(after));
}

function added(label: string, before: readonly string[], after: readonly string[]): string[] {
  return newEntries(before, after).map((entry) => addedText(label, entry));
}

function addedText(label: string, entry: string): string {
  return `${label}: + ${entry}`;
}

function removed(label: string, before: readonly string[], after: readonly string[]): string[] {
  return newEntries(after, before).map((entry) => `${label}: - ${entry}`);
}

function newEntries(before: readonly string[], after: readonly string[]): string[] {
  return after.filter((entry) => !before.includes(entry));
}

/** Names of the node's variables, and files, whose content reaches the job or its request. */
function secretsOf({ run, env, permissions }: JobSpec): Lookups {
  const found = lookedUp([
    ...Object.values(env),
    ...(run.type === "http" ? requestSources(run.http) : []),
  ]);
  const granted = run.type === "plugin" ? permissions.env : [];
  return { env: [...new Set([...granted, ...found.env])], file: found.file };
}

interface Lookups {
  env: string[];
  file: string[];
}

function lookedUp(sources: readonly ValueSource[]): Lookups {
  const env = new Set<string>();
  const file = new Set<string>();
  for (const source of sources) {
    if (typeof source === "string") continue;
    if ("env" in source) env.add(source.env);
    else file.add(source.file);
  }
  return { env: [...env], file: [...file] };
}

function addressText({ url }: HttpRequest): string {
  if (typeof url !== "string") return "env" in url ? `the address in ${url.env}` : url.file;
  return URL.parse(url)?.origin ?? url;
}
