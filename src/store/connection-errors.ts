import { errorMessage, SchedulerError } from "../model/errors.ts";

/** The SQLSTATE of a statement that the server refused, or null for any other error. */
export function sqlState(error: unknown): string | null {
  const code = rootCode(error);
  return code !== null && /^[0-9A-Z]{5}$/.test(code) && !SYSTEM_CODES.has(code) ? code : null;
}

/** Whether there is no connection, so that nobody knows if the statement took effect. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof SchedulerError && error.code === "database_unavailable";
}

/** Whether an error of the driver or of a socket means that the connection is gone. */
export function isConnectionError(error: unknown): boolean {
  const code = rootCode(error);
  return code !== null && (CONNECTION_CODES.has(code) || code.startsWith("08"));
}

/** Whether the server undid the work because of other transactions, so that a repeat is right. */
export function isConflict(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40001" || state === "40P01";
}

/** Whether the server refused for a state of its own that may pass, so that a later repeat may be right. */
export function isPassing(error: unknown): boolean {
  const state = sqlState(error);
  return state !== null && (state.startsWith("53") || PASSING.has(state));
}

/**
 * A statement was cancelled, a lock or the disk was not to be had, the server takes no writes just now.
 * Class 53 is that of missing resources.
 */
const PASSING = new Set(["57014", "55P03", "58030", "25006"]);

/** An error of the driver or of a socket as the project's own, with the original as its cause. */
export function toDatabaseError(error: unknown): SchedulerError {
  if (error instanceof SchedulerError) return error;
  if (isConnectionError(error)) {
    const message = `the database cannot be reached: ${errorMessage(error)}`;
    return new SchedulerError("database_unavailable", message, { cause: error });
  }
  const message = `the database refused a statement: ${errorMessage(error)}`;
  return new SchedulerError("database_failed", message, { cause: error });
}

/** The same for an error before the first statement: what the server refused is the log-in. */
export function toLoginError(error: unknown): SchedulerError {
  const cause = toDatabaseError(error);
  if (cause.code !== "database_failed") return cause;
  const message = `the database refused the log-in: ${errorMessage(cause.cause ?? cause)}`;
  return new SchedulerError("database_failed", message, {
    help: "check the user, the password and the name of the database in the URL, and that the user may connect to that database",
    cause,
  });
}

/** An error that says itself that the connection is gone. */
export function connectionLost(reason: string): Error {
  return Object.assign(new Error(reason), { code: "CONNECTION_CLOSED" });
}

/** The code of the error or of the nearest cause that has one; ours have words, not codes. */
function rootCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof SchedulerError) return rootCode(error.cause);
  return "code" in error && typeof error.code === "string" ? error.code : rootCode(error.cause);
}

/** Names of system errors that look like an SQLSTATE. */
const SYSTEM_CODES = new Set(["EPIPE", "EPERM", "EBUSY", "EROFS", "EXDEV", "ELOOP", "EBADF"]);

const CONNECTION_CODES = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ENOENT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ETIMEDOUT",
  // Terminated by an administrator or with the server; the server starts or stops.
  "57P01",
  "57P02",
  "57P03",
  // The session was idle for too long, within a transaction or without.
  "25P03",
  "57P05",
  // Too many connections.
  "53300",
]);
