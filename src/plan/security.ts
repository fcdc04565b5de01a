import type { JobRun, JobSpec } from "../model/job.ts";
import { canonicalJson } from "../model/json.ts";
import type { Change, CodeChange } from "./change.ts";
import type { FieldChange } from "./fields.ts";
import { isUnrestricted, narrowedPermissions } from "./permissions.ts";
import type { Plan } from "./plan.ts";
import { connectionName, leadsElsewhere } from "./settings.ts";

/** What a plan changes in what jobs may do; each list in the order of the plan. */
export interface SecurityReview {
  /** Settings by which the scheduler itself uses another database, file or address than before. */
  elsewhere: FieldChange[];
  /** Databases that jobs reach by a name which means another one than before. */
  redirected: RedirectedConnection[];
  /** Registered jobs that may do more than before. */
  widened: JobPhrases[];
  /** New jobs that may do more than compute. */
  granted: JobPhrases[];
  /** Registered jobs that run something else than before, those that may do something first. */
  recoded: Recoded[];
  /** Registered jobs that may do less than before. */
  narrowed: JobPhrases[];
  /** Jobs that go while one like them comes. */
  renames: LikelyRename[];
}

export interface RedirectedConnection {
  name: string;
  changes: FieldChange[];
}

export interface JobPhrases {
  name: string;
  phrases: string[];
  /** Nothing bounds what the job may do from now on. */
  unrestricted: boolean;
}

/** Other code under a name that people trust, with what that code may do. */
export interface Recoded {
  name: string;
  /** Null where the code is the same, or where there is none on one of the sides. */
  code: CodeChange | null;
  /** What is run, where that is something else. */
  run: { before: JobRun; after: JobRun } | null;
  /** Settings that decide which program a command finds, and what is run about a failure. */
  settings: FieldChange[];
  /** Empty: nothing but compute. */
  may: string[];
  unrestricted: boolean;
}

/** `renamed_from: before` under the job `after` would keep its id and history. */
export interface LikelyRename {
  before: string;
  after: string;
}

/**
 * Gathers what a reviewer must weigh before all else. A masked plan would not do: in it two commands
 * look alike of which only the credentials, or what runs in them, differ.
 */
export function reviewSecurity(plan: Plan): SecurityReview {
  const { changes } = plan;
  const recoded = changes.map(recodedOf).filter((entry) => entry !== null);
  return {
    elsewhere: plan.settings.filter(leadsElsewhere),
    redirected: redirectedConnections(plan),
    widened: changes.map(toWidened).filter(hasPhrases),
    granted: changes.filter(isNew).map(toGranted).filter(hasPhrases),
    recoded: recoded.sort((a, b) => Number(b.may.length > 0) - Number(a.may.length > 0)),
    narrowed: changes.map(toNarrowed).filter(hasPhrases),
    renames: likelyRenames(changes),
  };
}

/**
 * Whether a plan lets anything do more: a registered job by a wider permission or by another database
 * under a name that it was granted, or a new one by any permission at all, which would else be the
 * way around; or the scheduler itself, with another database, file or address.
 */
export function widensAnything(plan: Plan): boolean {
  if (plan.settings.some(leadsElsewhere)) return true;
  if (redirectedConnections(plan).length > 0) return true;
  return plan.changes.some(
    (change) => change.widened.length > 0 || (isNew(change) && change.granted.length > 0),
  );
}

/** A new connection leads nobody astray: the jobs that are granted it say so. */
function redirectedConnections({ settings }: Plan): RedirectedConnection[] {
  const known = settings.filter(({ before }) => before !== null);
  const names = new Set(known.map(connectionName).filter((name) => name !== null));
  return [...names].map((name) => ({
    name,
    changes: settings.filter((change) => connectionName(change) === name),
  }));
}

function hasPhrases({ phrases }: JobPhrases): boolean {
  return phrases.length > 0;
}

/** A job whose former spec is not known is judged as if there had been none. */
function isNew({ before, after }: Change): boolean {
  return before === null && after !== null;
}

function toWidened(change: Change): JobPhrases {
  return { name: change.name, phrases: change.widened, unrestricted: mayDoAll(change) };
}

function toGranted(change: Change): JobPhrases {
  return { name: change.name, phrases: change.granted, unrestricted: mayDoAll(change) };
}

function toNarrowed(change: Change): JobPhrases {
  const { name, before, after } = change;
  const phrases = before === null || after === null ? [] : narrowedPermissions(before, after);
  return { name, phrases, unrestricted: mayDoAll(change) };
}

function mayDoAll({ after }: Change): boolean {
  return after !== null && isUnrestricted(after);
}

function recodedOf(change: Change): Recoded | null {
  const { name, before, after, fields, granted } = change;
  if (before === null || after === null) return null;
  const code = change.code !== null && change.code.before !== null ? change.code : null;
  const runs = programText(before.run) !== programText(after.run);
  const settings = fields.filter(({ path }) => findsProgram(path, after) || isHookProgram(path));
  if (!runs && code === null && settings.length === 0) return null;
  return {
    name,
    code: code?.after === null ? null : code,
    run: runs ? { before: before.run, after: after.run } : null,
    settings,
    may: granted,
    unrestricted: isUnrestricted(after),
  };
}

/** What decides which code runs; of a request its method and address, of a built-in its name. */
function programText(run: JobRun): string {
  if (run.type === "builtin") return canonicalJson([run.type, run.builtin]);
  return canonicalJson(run.type === "http" ? [run.http.method, run.http.url] : run);
}

function findsProgram(path: string, after: JobSpec): boolean {
  const starts = after.run.type === "command" || after.permissions.run;
  return starts && (path === "cwd" || path === "env.PATH");
}

/** Another hook of the same kind: one of another kind is a permission that came or went. */
function isHookProgram(path: string): boolean {
  return /^onFailure\.(?:command|http\.(?:method|url))(?:$|[.[])/.test(path);
}

/**
 * Jobs that go and come with the same schedule and the same run; a plugin file that was renamed
 * along is known by its code. Where several fit there is no telling, and nothing is said.
 */
function likelyRenames(changes: readonly Change[]): LikelyRename[] {
  const byRun = onlyPairs(changes, ({ run }) => canonicalJson(run));
  const byCode = onlyPairs(changes, (_spec, sha256) => sha256);
  const seen = new Set(byRun.map(({ after }) => after));
  return [...byRun, ...byCode.filter(({ after }) => !seen.has(after))];
}

function onlyPairs(
  changes: readonly Change[],
  identify: (spec: JobSpec, sha256: string | null) => string | null,
): LikelyRename[] {
  const gone = new Map<string, string[]>();
  const come = new Map<string, string[]>();
  for (const { action, name, before, after, code } of changes) {
    const spec = action === "delete" ? before : action === "create" ? after : null;
    if (spec === null) continue;
    const sha256 = (action === "delete" ? code?.before : code?.after) ?? null;
    const identity = identify(spec, sha256);
    if (identity === null) continue;
    const key = `${canonicalJson(spec.schedule)} ${identity}`;
    const names = action === "delete" ? gone : come;
    names.set(key, [...(names.get(key) ?? []), name]);
  }
  return [...gone].flatMap(([key, [before, ...others]]) => {
    const [after, ...rivals] = come.get(key) ?? [];
    if (before === undefined || after === undefined) return [];
    return others.length + rivals.length > 0 ? [] : [{ before, after }];
  });
}
