import type { JobLines } from "../../config/job-lines.ts";
import { declaredNames, findJobLines } from "../../config/job-lines.ts";
import { SchedulerError } from "../../model/errors.ts";
import type { DesiredJob, JobSpec } from "../../model/job.ts";
import { jobKey } from "../../model/job.ts";
import type { LoadedConfig } from "../../source/load.ts";
import { loadConfig } from "../../source/load.ts";
import type { BlameData } from "../../views/blame.ts";
import { renderBlame } from "../../views/blame.ts";
import { blamedFiles, blamedKeys } from "../blame-items.ts";
import type { CommandContext } from "../context.ts";
import { displayName } from "../context.ts";
import { renamedJob, unknownName } from "../find-job.ts";
import { zoneOf } from "../job-items.ts";
import type { JobPast } from "../job-past.ts";
import { readJobPast } from "../job-past.ts";
import type { CommandResult } from "../result.ts";

/**
 * `blame NAME`: who last changed what of a job, from git, and which commit ran when, from the
 * database. Each of the two is shown where the other cannot be.
 */
export async function blame(context: CommandContext, name: string): Promise<CommandResult> {
  const { configFile } = context.locate();
  const file = displayName(configFile);
  const loaded = await loadConfig({ configFile, displayName: file, nowMs: Date.now() });
  const declared = findJobLines(loaded.text, name);
  const wanted = desiredJob(loaded, name);
  const renamedFrom = wanted?.renamedFrom ?? null;
  const past = await readJobPast(context, { name, renamedFrom });
  if (declared === null && past.jobName === null) throw unknownJob(name, { loaded, past });
  const spec = wanted?.spec ?? null;
  const data = await describe({ declared, past, spec, loaded, file });
  const projectZone = loaded.desired?.settings.timezone ?? past.timezone ?? "UTC";
  const timezone = spec === null ? projectZone : zoneOf(spec, projectZone);
  return {
    data,
    artifactType: "presentation_card",
    title: `Blame: ${data.job_name}`,
    text: ({ color }) => renderBlame(data, { color, timezone }),
  };
}

async function describe(known: {
  declared: JobLines | null;
  past: JobPast;
  spec: JobSpec | null;
  loaded: LoadedConfig;
  file: string;
}): Promise<BlameData> {
  const { declared, past, spec, loaded, file } = known;
  const keys = declared === null ? null : await blamedKeys(loaded.configFile, declared);
  const run = spec?.run;
  const modules = run?.type === "plugin" ? (loaded.code.get(run.plugin)?.modules ?? []) : [];
  const code = await blamedFiles(modules);
  const silence = typeof keys === "string" ? keys : code.note;
  return {
    job_name: declared?.name ?? past.jobName ?? "",
    place: declared === null ? null : { file, from: declared.from, to: declared.to },
    lines: typeof keys === "string" || keys === null ? [] : keys,
    code: code.files,
    git_note: silence === null ? null : `git tells nothing of ${file}: ${silence}`,
    revisions: past.revisions,
    database_note: past.note,
  };
}

function desiredJob({ desired }: LoadedConfig, name: string): DesiredJob | null {
  return desired?.jobs.find(({ spec }) => jobKey(spec.name) === jobKey(name)) ?? null;
}

function unknownJob(
  name: string,
  { loaded, past }: { loaded: LoadedConfig; past: JobPast },
): SchedulerError {
  const is = (other: string): boolean => jobKey(other) === jobKey(name);
  if (loaded.available.some(is)) {
    return new SchedulerError("job_not_found", `No job runs '${name}' yet`, {
      help: `declare it: \`${name}: {}\` under jobs in the config file`,
    });
  }
  if (past.renamedTo !== undefined) return renamedJob(name, past.renamedTo);
  const names = [...declaredNames(loaded.text), ...past.names];
  return unknownName(name, { names, note: past.note });
}
