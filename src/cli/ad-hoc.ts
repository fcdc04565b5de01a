import { SchedulerError } from "../model/errors.ts";
import { upsertAdHocJob } from "../store/ad-hoc.ts";
import type { PluginCode } from "../store/registrations.ts";
import { availableSpec } from "./available.ts";
import type { Session } from "./session.ts";

/** Makes available code a job that can be run by hand, with no permissions. Returns the job's id. */
export async function registerAvailable(session: Session, name: string): Promise<string> {
  const spec = availableSpec(session, name);
  const code = spec.run.type === "plugin" ? await bundle(session, spec.run.plugin) : null;
  return upsertAdHocJob(session.database, { spec, code });
}

async function bundle({ settings }: Session, plugin: string): Promise<PluginCode> {
  const { pluginDir } = settings;
  const { bundlePlugin, stopBundler } = await import("../source/bundle.ts");
  const { findPlugin } = await import("../source/plugins.ts");
  const file = await findPlugin(pluginDir, plugin);
  const bundled = await bundlePlugin({ file, plugin, pluginDir });
  await stopBundler();
  if (!("diagnostics" in bundled)) return bundled;
  const [first] = bundled.diagnostics;
  const message = `${first?.file}:${first?.line}:${first?.column}  ${first?.message}`;
  throw new SchedulerError("plugin_invalid", message, {
    help: first?.help ?? "correct the file and run it again",
  });
}
