import { hasErrors } from "../../model/diagnostic.ts";
import { loadConfig } from "../../source/load.ts";
import { diagnosticPaint } from "../../views/diagnostic-paint.ts";
import { renderDiagnostics } from "../../views/diagnostics.ts";
import type { CommandContext } from "../context.ts";
import { displayName } from "../context.ts";
import { toDiagnosticItem } from "../diagnostic-items.ts";
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
  const { diagnostics, sources, desired } = loaded;
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
  return {
    data,
    artifactType: "list",
    title: "Configuration Check",
    text: ({ color }) => {
      const found = renderDiagnostics(diagnostics, { sources, color: diagnosticPaint(color) });
      if (!ok) return found;
      const verdict = `${color("green", "ok")}  ${name}: ${jobs} ${jobs === 1 ? "job" : "jobs"}\n`;
      return found === "" ? verdict : `${found}\n${verdict}`;
    },
    exitCode: ok ? EXIT_OK : EXIT_FAILED,
  };
}
