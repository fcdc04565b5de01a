import { stripTypeScriptTypes } from "node:module";

/**
 * Replaces the types of TypeScript by blanks, so that every place stays what it was.
 *
 * @throws SyntaxError with `loc: {line, column}` (1-based line, 0-based column).
 */
export function stripTypes(source: string): string {
  return withoutExperimentalWarning(() => {
    try {
      return stripTypeScriptTypes(source, { mode: "strip" });
    } catch (error) {
      throw withPlace(error, source);
    }
  });
}

/** The warning speaks of a choice of ours, to people who can do nothing about it. `act` is synchronous. */
function withoutExperimentalWarning<T>(act: () => T): T {
  const original = Object.getOwnPropertyDescriptor(process, "emitWarning");
  process.emitWarning = () => undefined;
  try {
    return act();
  } finally {
    if (original !== undefined) Object.defineProperty(process, "emitWarning", original);
  }
}

/** Node tells the place only in the first lines of the stack: `file:LINE`, the line, and a caret. */
function withPlace(error: unknown, source: string): unknown {
  if (!(error instanceof Error)) return error;
  const [head = "", ...lines] = (error.stack ?? "").split("\n");
  const line = Number(/:(\d+)$/.exec(head)?.[1] ?? 1);
  const caret = lines.find((text) => /^\s*\^+\s*$/.test(text));
  // There is no caret under the end of the file.
  const lineLength = (source.split("\n")[line - 1] ?? "").length;
  const column = caret === undefined ? lineLength : caret.indexOf("^");
  const unsupported = "code" in error && error.code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX";
  const message = unsupported
    ? `${error.message.replace(/ in strip-only mode$/, "")} in job code: only types that can be erased`
    : error.message;
  return Object.assign(new SyntaxError(message, { cause: error }), { loc: { line, column } });
}
