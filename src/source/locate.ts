import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { SchedulerError } from "../model/errors.ts";
import { checkoutAbove, upward } from "./upward.ts";

/** Absolute paths of what a command works on. */
export interface ProjectPlace {
  configFile: string;
  /** The folder that holds `services/`, or the git root: the working directory of runs. */
  root: string;
  stateDir: string;
}

/**
 * Finds the config file, the root of its project and the state directory. `config` and `stateDir`
 * are the command line's options; relative paths count from `cwd`.
 *
 * A file that is absent is no error here where it is named, or where the state directory shows that
 * it was there: `up` keeps its last good state while a file is away, so only the reader can say what
 * that means. With `orHere`, neither is a project without one: its root is `cwd`.
 *
 * @throws SchedulerError `config_not_found` when no file is named and none is found upward.
 */
export function locateProject(options: {
  config?: string;
  stateDir?: string;
  cwd: string;
  env: NodeJS.ProcessEnv;
  orHere?: boolean;
}): ProjectPlace {
  const named = options.config || options.env["CRONVERGE_CONFIG"];
  const here = options.orHere === true ? resolve(options.cwd, CONVENTION) : null;
  const configFile = named ? resolve(options.cwd, named) : (searchUpward(options.cwd) ?? here);
  if (configFile === null) throw notFound(options.cwd);
  const root = rootOf(configFile, Boolean(named));
  const state = options.stateDir || options.env["CRONVERGE_STATE_DIR"];
  const stateDir = state ? resolve(options.cwd, state) : join(root, STATE);
  return { configFile, root, stateDir };
}

const CONVENTION = join("services", "scheduler", "config.yaml");
const STATE = ".cronverge";

function searchUpward(from: string): string | null {
  const folders = [...upward(resolve(from))];
  const found =
    folders.find((folder) => existsSync(join(folder, CONVENTION))) ??
    folders.find((folder) => existsSync(join(folder, STATE)));
  return found === undefined ? null : join(found, CONVENTION);
}

function rootOf(configFile: string, named: boolean): string {
  const directory = dirname(configFile);
  if (!named) return dirname(dirname(directory));
  return checkoutAbove(directory) ?? directory;
}

function notFound(cwd: string): SchedulerError {
  const message = `no ${CONVENTION} in ${cwd} or in a folder above it`;
  return new SchedulerError("config_not_found", message, { help: helpToFind(cwd) });
}

function helpToFind(cwd: string): string {
  for (const folder of upward(resolve(cwd))) {
    const other = join(folder, MISNAMED);
    if (isFile(other)) {
      return `the name must be ${basename(CONVENTION)}: rename ${other}, or name it with -c FILE`;
    }
  }
  const stray = join(cwd, basename(CONVENTION));
  const hint = isFile(stray) ? ` (did you mean -c ${basename(stray)}?)` : "";
  return `cronverge init makes one; or name another with -c FILE or CRONVERGE_CONFIG${hint}`;
}

const MISNAMED = join("services", "scheduler", "config.yml");

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
