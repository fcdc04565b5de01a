import { relative, resolve, sep } from "node:path";
import type { Permissions } from "../model/job.ts";
import type { JobFailure } from "../sandbox/messages.ts";
import type { AttemptRequest } from "./attempt-request.ts";

/**
 * What to tell the author of a job that tried something it may not: what it was, and the line of
 * YAML that would allow it. Null when the failure is no denial.
 */
export function denialText(failure: JobFailure, request: AttemptRequest): string | null {
  const denial = denialOf(failure, request);
  if (denial === null) return null;
  const { what, grant } = denial;
  const remedy =
    grant === null
      ? "there is no permission for it; a command job can do it"
      : `add to job "${request.jobName}": ${permissionsLine(request.spec.permissions, grant)}`;
  return `it may not ${what}: ${remedy}\n${failure.text}`;
}

/** `permissions: {…}` as it would read with the grant in it, so that it can be pasted. */
export function permissionsLine(has: Permissions, grant: Partial<Permissions>): string {
  const net = has.net || grant.net === true ? ["net: true"] : [];
  const run = has.run || grant.run === true ? ["run: true"] : [];
  const lists = LISTS.map((name) => ({ name, items: [...has[name], ...(grant[name] ?? [])] }))
    .filter(({ items }) => items.length > 0)
    .map(({ name, items }) => `${name}: [${[...new Set(items)].map(flowText).join(", ")}]`);
  return `permissions: {${[...net, ...run, ...lists].join(", ")}}`;
}

const LISTS = ["read", "write", "env", "database"] as const;

interface Denial {
  what: string;
  /** Null: nothing can be granted. */
  grant: Partial<Permissions> | null;
}

function denialOf(failure: JobFailure, request: AttemptRequest): Denial | null {
  const { code, permission, resource } = failure;
  if (code === "ERR_DLOPEN_DISABLED") return { what: "load native addons", grant: null };
  if (code === "ERR_UNKNOWN_BUILTIN_MODULE" && failure.text.includes("node:sqlite")) {
    return { what: "use node:sqlite, which opens any file", grant: null };
  }
  if (code !== "ERR_ACCESS_DENIED") return null;
  switch (permission) {
    case "FileSystemRead":
      return fileDenial("read", resource, request);
    case "FileSystemWrite":
      return fileDenial("write", resource, request);
    case "ChildProcess":
      return { what: named("start processes", resource), grant: { run: true } };
    case "Database":
      return {
        what: named("use the database", resource),
        grant: { database: [resource ?? "name"] },
      };
    // Node names neither permission nor resource for a connection or a look-up of a name.
    case null:
    case "Net":
      return { what: named("use the network", resource), grant: { net: true } };
    default:
      return { what: `use ${WORDS[permission] ?? permission}`, grant: null };
  }
}

const WORDS: Record<string, string> = {
  WorkerThreads: "worker threads",
  Inspector: "the inspector",
  WASI: "WASI",
  Addon: "native addons",
  FFI: "the foreign function interface",
};

function fileDenial(
  access: "read" | "write",
  resource: string | null,
  request: AttemptRequest,
): Denial {
  const path = resource === null ? "./path" : asWritten(resource, request);
  return { what: named(access, resource), grant: { [access]: [path] } };
}

/** Inside of the project as a path relative to the config file, elsewhere absolute. */
function asWritten(resource: string, request: AttemptRequest): string {
  const path = resolve(request.root, resource);
  const inProject = !relative(request.root, path).startsWith("..");
  if (!inProject) return path;
  const written = relative(request.configDir, path).split(sep).join("/");
  return written.startsWith("..") ? written : `./${written}`;
}

function named(what: string, resource: string | null): string {
  return resource === null ? what : `${what} (${resource})`;
}

/** Plain where YAML lets it be, quoted as in JSON elsewhere. */
function flowText(text: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? text : JSON.stringify(text);
}
