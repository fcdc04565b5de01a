import { hasErrors } from "../../model/diagnostic.ts";
import type { LoadedConfig } from "../../source/load.ts";
import { loadConfig } from "../../source/load.ts";
import type { Paint } from "../../views/paint.ts";
import type { DocumentReporter } from "../../views/report-subject.ts";
import type { CommandContext } from "../context.ts";
import { displayName } from "../context.ts";
import { toDiagnosticItem } from "../../views/diagnostic-item.ts";
import { EXIT_FAILED, EXIT_OK } from "../exit.ts";
import type { Reporter } from "../reporter.ts";
import { documentReporter, reportOptions } from "../reporter.ts";
import type { CommandResult } from "../result.ts";

/**
 * `check [FILE]`: whether the file can be applied. It runs no job code, opens no network and needs no
 * database, so it imports none of them.
 */
export async function check(
  context: CommandContext,
  options: { file: string | undefined; reporter?: Reporter | undefined },
): Promise<CommandResult> {
  const reporter = documentReporter(options.reporter, context);
  const { configFile } = context.locate(options.file);
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
  const view = { name, ok, jobs };
  return {
    data,
    artifactType: "list",
    title: "Configuration Check",
    text:
      reporter === null
        ? await forPeople(loaded, view)
        : await inDocument(loaded, { ...view, reporter }),
    exitCode: ok ? EXIT_OK : EXIT_FAILED,
  };
}

interface Verdict {
  name: string;
  ok: boolean;
  jobs: number | null;
}

/** The view measures text, which costs more to load than a good file costs to check. */
async function forPeople(
  { diagnostics, sources }: LoadedConfig,
  { name, ok, jobs }: Verdict,
): Promise<CommandResult["text"]> {
  const verdict = (color: Paint): string =>
    ok ? `${color("green", "ok")}  ${name}: ${jobs} ${jobs === 1 ? "job" : "jobs"}\n` : "";
  if (diagnostics.length === 0) return ({ color }) => verdict(color);
  const { diagnosticPaint } = await import("../../views/diagnostic-paint.ts");
  const { renderDiagnostics } = await import("../../views/diagnostics.ts");
  return ({ color }) => {
    const found = renderDiagnostics(diagnostics, { sources, color: diagnosticPaint(color) });
    return ok ? `${found}\n${verdict(color)}` : found;
  };
}

async function inDocument(
  { diagnostics, sources }: LoadedConfig,
  { name, jobs, reporter }: Verdict & { reporter: DocumentReporter },
): Promise<CommandResult["text"]> {
  const { reportCheck } = await import("../../views/report.ts");
  const document = reportCheck(jobs, reportOptions({ reporter, diagnostics, sources, file: name }));
  return () => document;
}
