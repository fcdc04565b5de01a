import type { Job, SchedulerConfig } from "../model/config.generated.ts";
import { NOTHING_DECLARED, type DeclaredJob, type PluginFacts } from "../model/plugin.ts";
import { handlerOf, type Handler } from "./handler.ts";
import type { Path } from "./place.ts";

/** What the check of meaning needs to know of the world; all of it was looked up by `source/`. */
export interface World {
  nowMs: number;
  /** Names of all plugin files. */
  pluginNames: readonly string[];
  /** Where they are or would be, as messages name it: `services/scheduler/plugins`. */
  pluginDirectory: string;
  /** Plugin files that are links to a place outside the plugin directory. */
  outside: ReadonlySet<string>;
  /** Scripts that hooks start and that do not exist, as they are written. */
  missingScripts: ReadonlySet<string>;
  /** Of the plugins that some job names. */
  plugins: ReadonlyMap<string, PluginFacts>;
}

/** One job with everything its checks look at. */
export interface JobView {
  name: string;
  /** `["jobs", name]`. */
  path: Path;
  job: Job;
  config: SchedulerConfig;
  handler: Handler | null;
  /** Of the code it runs; null when it is no plugin, or there is no such file. */
  facts: PluginFacts | null;
  declared: DeclaredJob;
  world: World;
}

export function viewJob(
  name: string,
  job: Job,
  given: { config: SchedulerConfig; world: World },
): JobView {
  const { config, world } = given;
  const handler = handlerOf(name, job, world.pluginNames);
  const facts = handler?.type === "plugin" ? (world.plugins.get(handler.plugin) ?? null) : null;
  const exportName = handler?.type === "plugin" ? handler.export : null;
  return {
    name,
    path: ["jobs", name],
    job,
    config,
    handler,
    facts,
    declared: declaredBy(facts, exportName),
    world,
  };
}

/** What an export of a plugin file says of itself. */
export function declaredBy(facts: PluginFacts | null, exportName: string | null): DeclaredJob {
  if (facts === null) return NOTHING_DECLARED;
  if (exportName === null || exportName === "default") return facts.declared;
  return facts.declaredExports[exportName] ?? NOTHING_DECLARED;
}
