import type { DesiredState } from "../model/job.ts";
import { InvalidConfig } from "../source/invalid-config.ts";
import type { BuiltConfig } from "../daemon/reconciler.ts";
import { buildConfig } from "../daemon/reconciler.ts";
import { stopBundler } from "../source/bundle.ts";
import { diagnosticPaint } from "../views/diagnostic-paint.ts";
import { renderDiagnostics } from "../views/diagnostics.ts";
import type { CommandContext } from "./context.ts";
import { displayName } from "./context.ts";

/**
 * The project's config with its code, ready to be planned or applied. Warnings are shown.
 *
 * @throws InvalidConfig
 */
export async function buildGoodConfig(
  { terminal, json }: CommandContext,
  configFile: string,
): Promise<BuiltConfig & { desired: DesiredState }> {
  const built = await buildConfig({ configFile, displayName: displayName(configFile) });
  await stopBundler();
  const { desired, diagnostics, loaded } = built;
  if (desired === null) throw new InvalidConfig({ ...loaded, diagnostics });
  if (diagnostics.length > 0 && !json) {
    const color = diagnosticPaint(terminal.errColor);
    terminal.err(`${renderDiagnostics(diagnostics, { sources: loaded.sources, color })}\n`);
  }
  return { ...built, desired };
}
