import { resolve } from "node:path";
import type { JobSpec } from "../model/job.ts";
import type { ValueSource } from "../model/request.ts";
import { requestSources } from "../model/request.ts";

/**
 * Absolute paths that a job names and that its runs read or start: words of its command, its
 * working directory, what it may read and write, and files of values. A word is taken as a path
 * whether or not it is one, so that most lead nowhere. `roots` are where a command may start.
 */
export function namedPaths(
  spec: JobSpec,
  { roots, configDir }: { roots: readonly string[]; configDir: string },
): string[] {
  const { cwd, permissions } = spec;
  const starts = cwd === null ? roots : [resolve(configDir, cwd)];
  const granted = [...permissions.read, ...permissions.write];
  const paths = [
    ...(cwd === null ? [] : starts),
    ...commandPaths(spec, starts),
    ...hookPaths(spec, roots),
    ...granted.map((path) => resolve(configDir, path.split("*")[0] ?? "")),
    ...sourcesOf(spec).flatMap((source) => {
      return typeof source === "object" && "file" in source
        ? [resolve(configDir, source.file)]
        : [];
    }),
  ];
  return [...new Set(paths)];
}

const MAX_WORDS = 500;
const MAX_FOLDERS = 20;

/** A command that tells of failures starts in the root, with no variables of the job. */
function hookPaths({ onFailure }: JobSpec, roots: readonly string[]): string[] {
  if (onFailure?.type !== "command") return [];
  return commandPaths({ run: onFailure, env: {} }, roots);
}

function commandPaths(
  { run, env }: Pick<JobSpec, "run" | "env">,
  starts: readonly string[],
): string[] {
  if (run.type !== "command") return [];
  const [program = "", ...rest] = typeof run.command === "string" ? [""] : run.command;
  const texts = typeof run.command === "string" ? [run.command] : [program, ...rest];
  const values = Object.values(env).filter((value) => typeof value === "string");
  const words = new Set([...rest, program, ...[...texts, ...values].flatMap(wordsIn)]);
  // A program without a folder is not looked up where the command starts.
  if (!program.includes("/")) words.delete(program);
  words.delete("");
  const entered = texts.flatMap(enteredFolders).slice(0, MAX_FOLDERS);
  const searched = searchedFolders(env).slice(0, MAX_FOLDERS);
  const folders = starts.flatMap((start) => [
    start,
    ...entered.map((folder) => resolve(start, folder)),
  ]);
  const programs = searched.map((folder) => `${folder}/${program}`);
  const few = [...words, ...(program === "" ? [] : programs)].slice(0, MAX_WORDS);
  return folders.flatMap((folder) => few.map((word) => resolve(folder, word)));
}

/** The words of a text as a shell would part them, roughly; quotes and operators part them too. */
function wordsIn(text: string): string[] {
  // `@file` is what curl and its like read; a folder may have such a name too.
  return text.split(/[\s;&|<>()`$"'={},:]+/).flatMap((word) => {
    return word.startsWith("@") ? [word.slice(1), word] : [word];
  });
}

function enteredFolders(text: string): string[] {
  return [...text.matchAll(/\bcd\s+["']?([^\s;&|"']+)/g)].map(([, folder = ""]) => folder);
}

function searchedFolders({ PATH }: JobSpec["env"]): string[] {
  return typeof PATH === "string" ? PATH.split(":").filter((folder) => folder !== "") : [];
}

function sourcesOf({ run, env, onFailure }: JobSpec): ValueSource[] {
  return [
    ...Object.values(env),
    ...(run.type === "http" ? requestSources(run.http) : []),
    ...(onFailure?.type === "http" ? requestSources(onFailure.http) : []),
  ];
}
