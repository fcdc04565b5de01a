/**
 * Everything that can go wrong in a way a program can tell apart. A mistake in a user's file is
 * not an error but a `Diagnostic`, which is returned.
 */
export type ErrorCode =
  | "config_invalid"
  | "config_not_found"
  | "job_not_found"
  | "execution_not_found"
  | "revision_not_found"
  | "usage"
  | "prune_refused"
  | "widening_denied"
  | "plan_stale"
  | "project_mismatch"
  | "schema_newer"
  | "database_unavailable"
  | "database_failed"
  | "database_in_use"
  | "database_not_empty"
  | "export_invalid"
  | "plugin_invalid"
  | "io"
  | "unsupported"
  | "interrupted";

/** The one error class. `help` says what to do about it. */
export class SchedulerError extends Error {
  readonly code: ErrorCode;
  readonly help: string | undefined;

  constructor(code: ErrorCode, message: string, options: { help?: string; cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "SchedulerError";
    this.code = code;
    this.help = options.help;
  }
}

/** The text of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
