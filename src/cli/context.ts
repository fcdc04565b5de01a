import { relative } from "node:path";
import type { ProjectPlace } from "../source/locate.ts";
import { locateProject } from "../source/locate.ts";
import { openTerminal } from "./terminal.ts";
import type { Terminal } from "./terminal.ts";

/** The options that stand before or after any command. */
export type GlobalOptions = {
  config?: string | undefined;
  stateDir?: string | undefined;
  json?: true | undefined;
  nonInteractive?: true | undefined;
  color: boolean;
};

/** What every command is given. */
export interface CommandContext {
  terminal: Terminal;
  json: boolean;
  /** Finds the project; `file` goes before `--config`. */
  locate: (file?: string) => ProjectPlace;
  /** The same for a command that needs no config: where there is none, the project is here. */
  locateOrHere: () => ProjectPlace;
}

export function makeContext(options: GlobalOptions): CommandContext {
  const find = (config: string | undefined, orHere: boolean): ProjectPlace =>
    locateProject({
      ...(config === undefined ? {} : { config }),
      ...(options.stateDir === undefined ? {} : { stateDir: options.stateDir }),
      cwd: process.cwd(),
      env: process.env,
      orHere,
    });
  return {
    terminal: openTerminal({ color: options.color }),
    json: options.json === true,
    locate: (file) => find(file ?? options.config, false),
    locateOrHere: () => find(options.config, true),
  };
}

/** A file as messages name it: relative to the working directory, unless that is far away. */
export function displayName(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith("../..") || path === "" ? file : path;
}
