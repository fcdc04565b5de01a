import type { SchedulerConfig } from "../model/config.generated.ts";
import { hasErrors } from "../model/diagnostic.ts";
import { jobKey } from "../model/job.ts";
import { checkCode } from "./check-code.ts";
import { checkCommand } from "./check-command.ts";
import { checkCredentials } from "./check-credentials.ts";
import { checkDescription } from "./check-description.ts";
import { checkGrants } from "./check-grants.ts";
import { checkDefaultHook, checkHook } from "./check-hook.ts";
import { checkHttp } from "./check-http.ts";
import { checkRenames } from "./check-renames.ts";
import { checkSameMinute } from "./check-same-minute.ts";
import { checkClockChange, checkSchedule } from "./check-schedule.ts";
import { checkDefaultLengths, checkLengths } from "./check-lengths.ts";
import { checkLimits } from "./check-limits.ts";
import { checkDefaultCatchup, checkPolicies, checkUnscheduled } from "./check-policies.ts";
import { checkSettings } from "./check-settings.ts";
import { checkDefaultTimeout, checkTimeout } from "./check-timeout.ts";
import { checkUse } from "./check-use.ts";
import { viewJob, type JobView, type World } from "./context.ts";
import { applyLevels } from "./lints.ts";
import { errorAt, type Path, type PathFinding } from "./place.ts";

/**
 * What a config that fits the schema may still have wrong: times, zones, code, permissions, values.
 * `removed` are the paths that the schema check took out; a job that lost what it runs is not
 * blamed for running nothing. Lints have the levels of the file's `rules`.
 */
export function checkMeaning(
  config: SchedulerConfig,
  { world, removed }: { world: World; removed: readonly Path[] },
): PathFinding[] {
  const damaged = new Set(
    removed.filter(([top]) => top === "jobs").map(([, name]) => String(name)),
  );
  const mistaken = new Set(
    removed
      .filter(([top, , key]) => top === "jobs" && (key === undefined || key === "schedule"))
      .map(([, name]) => String(name)),
  );
  const views = Object.entries(config.jobs).map(([name, job]) =>
    viewJob(name, job, { config, world }),
  );
  const findings = [
    ...checkSettings(config, removed),
    ...checkNames(config),
    ...checkRenames(config),
    ...views.flatMap((view) =>
      checkJob(view, {
        damaged: damaged.has(view.name),
        unscheduled: mistaken.has(view.name) || hasCodeMistake(view),
      }),
    ),
    ...checkDefaultTimeout(config, views),
    ...checkDefaultHook(config, world),
    ...checkDefaultLengths(config),
    ...checkDefaultCatchup(config),
    ...checkSameMinute(views),
  ];
  return applyLevels(findings, config.rules);
}

/** The code may have declared the schedule in the part that is wrong. */
function hasCodeMistake({ facts }: JobView): boolean {
  return facts !== null && hasErrors(facts.diagnostics);
}

/** `unscheduled`: what the job was to be due by is wrong, and reported where it stands. */
function checkJob(
  view: JobView,
  { damaged, unscheduled }: { damaged: boolean; unscheduled: boolean },
): PathFinding[] {
  // A misspelt `comand` is one mistake; that there is nothing to run is its shadow.
  const schedule = [...checkSchedule(view), ...(unscheduled ? [] : checkClockChange(view))];
  if (view.handler === null && damaged) return [...schedule, ...checkLimits(view)];
  return [
    ...checkCode(view),
    ...schedule,
    ...checkUse(view),
    ...checkGrants(view),
    ...checkHttp(view),
    ...checkHook(view),
    ...checkLimits(view),
    ...checkPolicies(view),
    ...(unscheduled ? [] : checkUnscheduled(view)),
    ...checkLengths(view),
    ...checkTimeout(view),
    ...checkCommand(view),
    ...checkCredentials(view),
    ...checkDescription(view),
  ];
}

/** `-` and `_` are the same, so that a name is a name in SQL, in file names and on the command line. */
function checkNames(config: SchedulerConfig): PathFinding[] {
  const seen = new Map<string, string>();
  const findings: PathFinding[] = [];
  for (const name of Object.keys(config.jobs)) {
    const key = jobKey(name);
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, name);
      continue;
    }
    findings.push(
      errorAt(["jobs", name], {
        rule: "config/duplicate-job",
        message: `\`${name}\` and \`${first}\` are the same job: - and _ do not differ in names`,
        help: "remove or rename one of the two",
        part: "key",
      }),
    );
  }
  return findings;
}
