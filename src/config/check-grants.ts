import type { Permissions } from "../model/config.generated.ts";
import type { JobView } from "./context.ts";
import { variableRefusal } from "../model/refused-variables.ts";
import { errorAt, type Path, type PathFinding } from "./place.ts";
import { didYouMean } from "./suggest.ts";

/** Permissions that cannot be granted, and variables that would let a job out of its sandbox. */
export function checkGrants(view: JobView): PathFinding[] {
  const { job, path } = view;
  const permissions = job.permissions ?? {};
  const at = [...path, "permissions"];
  return [
    ...checkKind(view, permissions),
    ...(["read", "write"] as const).flatMap((key) =>
      checkPaths(permissions[key] ?? [], [...at, key]),
    ),
    ...(permissions.env ?? []).flatMap((name, index) => checkVariable(name, [...at, "env", index])),
    ...(permissions.database ?? []).flatMap((name, index) =>
      checkConnection(view, name, [...at, "database", index]),
    ),
    ...(view.handler?.type === "builtin" && job.database !== undefined
      ? checkConnection(view, job.database, [...path, "database"])
      : []),
    ...checkEnvironment(view),
  ];
}

/** A command is not sandboxed: a permission on it would promise a limit that is not there. */
function checkKind({ handler, path }: JobView, permissions: Permissions): PathFinding[] {
  if (handler?.type !== "command") return [];
  return (["net", "read", "write", "run", "database"] as const)
    .filter((key) => permissions[key] !== undefined)
    .map((key) =>
      errorAt([...path, "permissions", key], {
        rule: "config/unusable",
        message: `a command cannot use \`permissions.${key}\`: it is not restricted`,
        help: "remove the key, or make the job a plugin",
        part: "key",
      }),
    );
}

/** Node takes `*` at the end of a path as a wildcard that matches siblings as well. */
function checkPaths(paths: string[], at: Path): PathFinding[] {
  return paths.flatMap((path, index) => {
    if (!path.includes("*")) return [];
    const message = `a granted path cannot have wildcards: ${path}`;
    const help = "name the directory: it is granted with all that is in it";
    return [errorAt([...at, index], { rule: "permissions/path", message, help })];
  });
}

function checkConnection({ config }: JobView, name: string, at: Path): PathFinding[] {
  const known = Object.keys(config.database?.connections ?? {});
  if (known.includes(name)) return [];
  return [
    errorAt(at, {
      rule: "permissions/database",
      message: `there is no connection \`${name}\` in \`database.connections\``,
      help:
        didYouMean(name, known, "there are") ??
        `declare it: database: {connections: {${name}: {env: NAME}}}`,
    }),
  ];
}

function checkEnvironment({ job, path }: JobView): PathFinding[] {
  return Object.entries(job.env ?? {}).flatMap(([name, source]) => {
    const at = [...path, "env", name];
    const own = checkVariable(name, at).map((finding): PathFinding => ({
      ...finding,
      part: "key",
    }));
    if (typeof source === "string" || !("env" in source)) return own;
    return [...own, ...checkLookup(source.env, [...at, "env"])];
  });
}

/** A variable that no run is given, because of its name. */
function checkVariable(name: string, path: Path): PathFinding[] {
  const refusal = variableRefusal(name);
  if (refusal === null) return [];
  if (refusal === "own") return [ownVariable(name, path)];
  const message = `\`${name}\` changes how programs run, and is not passed on`;
  return [errorAt(path, { rule: "permissions/variable", message, help: "remove it" })];
}

/** The scheduler's own variables hold its database address: no job reads them. */
export function checkLookup(name: string, path: Path): PathFinding[] {
  return variableRefusal(name) === "own" ? [ownVariable(name, path)] : [];
}

function ownVariable(name: string, path: Path): PathFinding {
  const message = `\`${name}\` belongs to the scheduler`;
  const help = "choose a name that does not start with CRONVERGE_";
  return errorAt(path, { rule: "permissions/variable", message, help });
}
