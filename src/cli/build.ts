import type { DesiredState } from "../model/job.ts";
import { InvalidConfig } from "../source/invalid-config.ts";
import type { BuiltConfig } from "../daemon/reconciler.ts";
import { buildConfig } from "../daemon/reconciler.ts";
import { stopBundler } from "../source/bundle.ts";
import type { CommandContext } from "./context.ts";
import { displayName } from "./context.ts";
import { printFindings } from "./output.ts";

/**
 * The project's config with its code, ready to be planned or applied. Warnings are shown.
 *
 * @throws InvalidConfig
 */
export async function buildGoodConfig(
  context: CommandContext,
  configFile: string,
): Promise<BuiltConfig & { desired: DesiredState }> {
  const built = await buildOnce(configFile);
  const { desired, diagnostics, loaded } = built;
  if (desired === null) throw new InvalidConfig({ ...loaded, diagnostics });
  await printFindings({ ...loaded, diagnostics }, context);
  return { ...built, desired };
}

/** The project's config with its code, or with the mistakes in them. */
export async function buildOnce(configFile: string): Promise<BuiltConfig> {
  const built = await buildConfig({ configFile, displayName: displayName(configFile) });
  await stopBundler();
  return built;
}
