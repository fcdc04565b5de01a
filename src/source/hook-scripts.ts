import { basename, dirname, join, resolve } from "node:path";
import { hookScript } from "../config/check-hook-script.ts";
import type { SchedulerConfig } from "../model/config.generated.ts";
import type { FileTree } from "../model/file-tree.ts";
import { pathBelow } from "../model/file-tree.ts";
import { upward } from "./upward.ts";

/**
 * The scripts that hooks of a config start and that do not exist, as they are written. What leads out
 * of the project is not looked for.
 */
export async function findMissingScripts(
  config: SchedulerConfig,
  { configFile, tree }: { configFile: string; tree: FileTree },
): Promise<Set<string>> {
  const hooks = [config.defaults, ...Object.values(config.jobs)].map((block) => block?.on_failure);
  const scripts = new Set(hooks.map(hookScript).filter((script) => script !== null));
  const missing = new Set<string>();
  if (scripts.size === 0) return missing;
  const roots = await rootsOf(configFile, tree);
  for (const script of scripts) {
    if (!(await isThere(script, { roots, tree }))) missing.add(script);
  }
  return missing;
}

/** Commands start in one of these, by how the file is named when the scheduler starts. */
async function rootsOf(configFile: string, tree: FileTree): Promise<string[]> {
  const folder = dirname(configFile);
  const services = dirname(folder);
  const isUsual = basename(folder) === "scheduler" && basename(services) === "services";
  const usual = isUsual ? [dirname(services)] : [];
  for (const above of upward(folder)) {
    if ((await tree.stat(join(above, ".git"))) !== null || above === tree.top) {
      return [...usual, above];
    }
  }
  return [...usual, folder];
}

async function isThere(
  script: string,
  { roots, tree }: { roots: readonly string[]; tree: FileTree },
): Promise<boolean> {
  for (const root of roots) {
    const path = resolve(root, script);
    if (pathBelow(root, path) === null) return true;
    try {
      if ((await tree.readlink(path)) !== null || (await tree.stat(path)) !== null) return true;
    } catch {
      // What cannot be looked at may well be there for whoever runs it.
      return true;
    }
  }
  return false;
}
