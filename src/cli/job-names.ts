import { dirname, resolve } from "node:path";
import { glanceAt } from "../config/job-lines.ts";
import { DEFAULTS } from "../config/settings.ts";
import { BUILTINS } from "../model/builtins.ts";
import { jobKey } from "../model/job.ts";
import { DISK } from "../source/disk.ts";
import { listPlugins } from "../source/plugins.ts";
import { readConfigFile } from "../source/read-file.ts";

/** A name by which a job can be asked for. */
export interface JobName {
  name: string;
  /** Null for code that no job declares. */
  description: string | null;
}

/**
 * The names that a config file declares, and those of code that is there besides. Nothing is
 * checked and no code is read, so that this takes no time that somebody who types would notice: a
 * file with mistakes has the names that can be read, and none where it is missing.
 */
export async function readJobNames(configFile: string): Promise<JobName[]> {
  const { text } = await readConfigFile(configFile, { displayName: configFile, tree: DISK });
  if (text === null) return [];
  const { jobs, plugins } = glanceAt(text);
  const directory = resolve(dirname(configFile), plugins ?? DEFAULTS.plugins);
  const { files } = await listPlugins(directory, { displayDirectory: directory });
  const used = new Set(jobs.flatMap(({ name, plugin }) => [jobKey(name), jobKey(plugin ?? name)]));
  const others = [...Object.keys(BUILTINS), ...files.keys()].filter(
    (name) => !used.has(jobKey(name)),
  );
  return [
    ...jobs.map(({ name, description }) => ({ name, description })),
    ...others.map((name) => ({ name, description: null })),
  ];
}
