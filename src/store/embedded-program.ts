import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { errorMessage, SchedulerError } from "../model/errors.ts";

/** Nothing of our own environment may change how the server behaves. */
export const SERVER_ENVIRONMENT: Record<string, string> = { TZ: "UTC", LC_ALL: "C" };

/**
 * Starts one of PostgreSQL's programs.
 *
 * @throws SchedulerError `unsupported` when this machine cannot run it
 */
export async function startProgram<Child extends ChildProcess>(
  program: string,
  start: () => Child,
): Promise<Child> {
  try {
    const child = start();
    await once(child, "spawn");
    return child;
  } catch (error) {
    throw cannotRun(program, error);
  }
}

/** A failure to run a program as what to do about it; `error` may be the reason in words. */
export function cannotRun(program: string, error: unknown): SchedulerError {
  const message = `cannot run the embedded ${basename(program)}: ${reasonOf(error)}`;
  return new SchedulerError("unsupported", message, {
    help: "set database.url to a PostgreSQL server",
    cause: error,
  });
}

function reasonOf(error: unknown): string {
  switch (error instanceof Error && "code" in error ? error.code : null) {
    case "ENOENT":
      return "it needs a system with glibc";
    case "EPERM":
    case "EINVAL":
      return "root may not become another user here, and PostgreSQL refuses to run as root";
    default:
      return errorMessage(error);
  }
}
