import type { FailureHook } from "../model/config.generated.ts";
import type { Path, PathFinding } from "./place.ts";
import { warningAt } from "./place.ts";
import { readShellLine } from "./shell-words.ts";

/**
 * The script of the project that a hook starts: a relative path with a folder, or what a shell is
 * given to read. Null where there is none, or a shell decides which.
 */
export function hookScript(hook: FailureHook | undefined): string | null {
  if (hook === undefined || !("command" in hook)) return null;
  const [program = "", ...rest] = wordsOf(hook.command);
  if (isShell(program)) {
    const [first = ""] = rest;
    return isRelative(first) && (first.includes("/") || first.endsWith(".sh")) ? first : null;
  }
  return isRelative(program) && program.includes("/") ? program : null;
}

/** A hook is tried when something failed already: that it cannot start must be known before. */
export function checkHookScript(
  hook: FailureHook | undefined,
  { path, missing }: { path: Path; missing: ReadonlySet<string> },
): PathFinding[] {
  const script = hookScript(hook);
  if (script === null || !missing.has(script)) return [];
  const isList = hook !== undefined && "command" in hook && Array.isArray(hook.command);
  const index = isList ? [hook.command.indexOf(script)] : [];
  return [
    warningAt([...path, "command", ...index], {
      rule: "command/missing-script",
      message: `there is no file ${script}: nobody would be told of a failure`,
      help: "the path counts from the root of the project; `rules: {command/missing-script: off}` if it is made on the node",
    }),
  ];
}

function wordsOf(command: string | string[]): string[] {
  if (typeof command !== "string") return command;
  const { words, syntax } = readShellLine(command);
  return syntax === null ? words : [];
}

function isShell(program: string): boolean {
  return /^(?:\/(?:usr\/)?bin\/)?(?:sh|bash|dash|ksh|zsh)$/.test(program);
}

/** Neither from the root of the disk nor an option, and nothing that is still to be filled in. */
function isRelative(word: string): boolean {
  return /^[^/~-]/.test(word) && !/[$*?{]/.test(word);
}
