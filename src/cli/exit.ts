import type { ErrorCode } from "../model/errors.ts";
import { SchedulerError } from "../model/errors.ts";

export const EXIT_OK: number = 0;
export const EXIT_FAILED: number = 1;
/** With `--detailed-exitcode`. */
export const EXIT_CHANGES: number = 2;
export const EXIT_INTERRUPTED: number = 130;

const EXIT_CODES: Record<ErrorCode, number> = {
  config_invalid: 1,
  config_not_found: 1,
  job_not_found: 1,
  execution_not_found: 1,
  revision_not_found: 1,
  prune_refused: 1,
  widening_denied: 1,
  plan_stale: 1,
  project_mismatch: 1,
  plugin_invalid: 1,
  database_in_use: 1,
  database_not_empty: 1,
  export_invalid: 1,
  schema_newer: 3,
  database_unavailable: 3,
  database_failed: 3,
  io: 3,
  unsupported: 3,
  usage: 64,
  interrupted: 130,
};

/** The exit code of a command that ended with `error`. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof SchedulerError) return EXIT_CODES[error.code];
  return systemErrorCode(error) === null ? EXIT_FAILED : EXIT_CODES.io;
}

/** `EACCES` and its kin, or null for anything that the operating system did not say. */
export function systemErrorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}
