import type { DesiredState } from "../model/job.ts";
import type { BuiltConfig } from "../daemon/reconciler.ts";
import { buildConfig } from "../daemon/reconciler.ts";
import { stopBundler } from "../source/bundle.ts";
import type { CommandContext } from "./context.ts";
import { displayName } from "./context.ts";
import { configError } from "./config-error.ts";

/**
 * The project's config with its code, ready to be planned or applied. Warnings are shown.
 *
 * @throws SchedulerError `config_invalid`, which carries the diagnostics
 */
export async function buildGoodConfig(
  context: CommandContext,
  configFile: string,
): Promise<BuiltConfig & { desired: DesiredState }> {
  const built = await buildConfig({ configFile, displayName: displayName(configFile) });
  await stopBundler();
  const { desired, diagnostics, loaded } = built;
  if (desired === null) throw configError(diagnostics, loaded.sources);
  if (diagnostics.length > 0 && !context.json) {
    const { diagnosticPaint } = await import("../views/diagnostic-paint.ts");
    const { renderDiagnostics } = await import("../views/diagnostics.ts");
    const color = diagnosticPaint(context.terminal.errColor);
    context.terminal.err(`${renderDiagnostics(diagnostics, { sources: loaded.sources, color })}\n`);
  }
  return { ...built, desired };
}
