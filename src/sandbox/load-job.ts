import { createRequire, registerHooks } from "node:module";
import process from "node:process";
import type { JobContext } from "./job-context.ts";
import { apply, construct, get } from "./originals.ts";

/** A job's code as the scheduler hands it over inside the one file that the process may read. */
export interface JobProgram {
  /** An ES module that imports nothing but `cronverge` and Node's own modules. */
  code: string;
  /** Its source map as base64 of JSON; null: none. */
  map: string | null;
  /** The module that `cronverge` means. */
  author: string;
}

/**
 * The folder that the job's files seem to be in. It does not exist: it only gives the frames of a
 * stack a name that can be recognised, and taken away.
 */
export const JOB_FOLDER = "/cronverge-job/";

/**
 * Loads the job and finds what to call. Throws what its module throws. `beforeImport` is called
 * before a module of Node's is given to the job.
 */
export async function loadJob(
  program: JobProgram,
  { exportName, beforeImport }: { exportName: string | null; beforeImport: () => void },
): Promise<(context: JobContext) => unknown> {
  provideModules(program, beforeImport);
  provideRequire();
  const loaded = (await import(JOB_SPECIFIER)) as Record<string, unknown>;
  const name = exportName ?? "default";
  if (!(name in loaded)) {
    const exports = Object.keys(loaded).join(", ") || "nothing";
    throw new TypeError(`the job's file has no export ${name}; it exports ${exports}`);
  }
  return executable(loaded[name], name);
}

const JOB_SPECIFIER = "cronverge:job";
const JOB_URL = `file://${JOB_FOLDER}job.mjs`;
const AUTHOR_URL = "cronverge:author";

/** The job's module comes from memory: no second file has to be readable, and its errors are caught. */
function provideModules(program: JobProgram, beforeImport: () => void): void {
  // Put together here, so that the text of this file itself is not taken for a map.
  const mapComment = ["//# sourceMappingURL", "data:application/json;base64,"].join("=");
  const jobSource =
    program.map === null ? program.code : `${program.code}\n${mapComment}${program.map}\n`;
  const urls: Record<string, string> = { [JOB_SPECIFIER]: JOB_URL, cronverge: AUTHOR_URL };
  const sources: Record<string, string> = { [JOB_URL]: jobSource, [AUTHOR_URL]: program.author };
  registerHooks({
    resolve(specifier, context, next) {
      const url = urls[specifier];
      if (url === undefined) {
        beforeImport();
        return next(specifier, context);
      }
      return { url, format: "module", shortCircuit: true };
    },
    load(url, context, next) {
      const source = sources[url];
      if (source === undefined) return next(url, context);
      return { format: "module", source, shortCircuit: true };
    },
  });
}

/** CommonJS packages inside a bundle reach Node's own modules through a `require` that they expect. */
function provideRequire(): void {
  Object.defineProperty(globalThis, "require", {
    value: createRequire(process.argv[1] ?? JOB_URL),
    configurable: true,
    writable: true,
  });
}

type Execute = (context: JobContext) => unknown;

/** A function, an object with `execute` or `run`, or a class of such objects. */
export function executable(value: unknown, name: string): Execute {
  if (typeof value === "function") {
    const prototype: unknown = value.prototype;
    if (methodOf(prototype) === null) return (context) => apply(value, undefined, [context]);
    return (context) => call(construct(value, []), context);
  }
  if (methodOf(value) !== null) return (context) => call(value, context);
  throw new TypeError(
    `the export ${name} is no job: it must be a function, defineJob({…}), or a class with execute or run`,
  );
}

function call(job: unknown, context: JobContext): unknown {
  const method = methodOf(job);
  return method === null ? undefined : apply(method, job, [context]);
}

function methodOf(value: unknown): Execute | null {
  if (typeof value !== "object" || value === null) return null;
  for (const name of ["execute", "run"]) {
    const method: unknown = get(value, name);
    if (typeof method === "function") return method as Execute;
  }
  return null;
}
