import { hasErrors } from "../../model/diagnostic.ts";
import type { LoadedConfig } from "../../source/load.ts";
import { loadConfig } from "../../source/load.ts";
import type { Paint } from "../../views/paint.ts";
import type { CommandContext } from "../context.ts";
import { displayName } from "../context.ts";
import { toDiagnosticItem } from "../../views/diagnostic-item.ts";
import { EXIT_FAILED, EXIT_OK } from "../exit.ts";
import type { CommandResult } from "../result.ts";

/**
 * `check [FILE]`: whether the file can be applied. It runs no job code, opens no network and needs no
 * database, so it imports none of them.
 */
export async function check(
  context: CommandContext,
  file: string | undefined,
): Promise<CommandResult> {
  const { configFile } = context.locate(file);
  const name = displayName(configFile);
  const loaded = await loadConfig({ configFile, displayName: name, nowMs: Date.now() });
  const { diagnostics, desired } = loaded;
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const ok = !hasErrors(diagnostics);
  const jobs = desired?.jobs.length ?? null;
  const data = {
    file: name,
    ok,
    errors,
    warnings: diagnostics.length - errors,
    jobs,
    diagnostics: diagnostics.map(toDiagnosticItem),
  };
  const found = await diagnosticsText(loaded);
  return {
    data,
    artifactType: "list",
    title: "Configuration Check",
    text: ({ color }) => {
      if (!ok) return found(color);
      const verdict = `${color("green", "ok")}  ${name}: ${jobs} ${jobs === 1 ? "job" : "jobs"}\n`;
      return diagnostics.length === 0 ? verdict : `${found(color)}\n${verdict}`;
    },
    exitCode: ok ? EXIT_OK : EXIT_FAILED,
  };
}

/** The view measures text, which costs more to load than a good file costs to check. */
async function diagnosticsText({
  diagnostics,
  sources,
}: LoadedConfig): Promise<(color: Paint) => string> {
  if (diagnostics.length === 0) return () => "";
  const { diagnosticPaint } = await import("../../views/diagnostic-paint.ts");
  const { renderDiagnostics } = await import("../../views/diagnostics.ts");
  return (color) => renderDiagnostics(diagnostics, { sources, color: diagnosticPaint(color) });
}
