import type { Command } from "@commander-js/extra-typings";
import type { CommandContext, GlobalOptions } from "./context.ts";
import type { CommandResult } from "./result.ts";

/** The program as the groups of commands see it. */
export type Program = Command<[], GlobalOptions>;

/** A command that holds others: `jobs`, `logs`, `revisions`. */
export type CommandGroup = Command<[], Record<string, never>, GlobalOptions>;

/**
 * Runs one command and says how it ended. A command returns its result, or the exit code where it
 * has spoken for itself. It imports what it needs when it runs, so that none waits for another's.
 * `asked.json` is a command's own way to ask for what `--json` prints.
 */
export type Run = (
  command: (context: CommandContext) => Promise<CommandResult | number>,
  asked?: { json: boolean },
) => Promise<void>;
