import type { Diagnostic } from "../model/diagnostic.ts";
import type { JobSpec } from "../model/job.ts";
import { jobKey } from "../model/job.ts";
import { canonicalJson } from "../model/json.ts";
import type { LedgerJob } from "../store/ledger-job.ts";
import { openNodes } from "../store/nodes.ts";
import { toDiagnosticItem } from "../views/diagnostic-item.ts";
import type { WhyData, WhyFile } from "../views/why-data.ts";
import { availableSpec, isAvailable } from "./available.ts";
import { iso, scheduleItem } from "./explain-items.ts";
import { zoneOf } from "./job-items.ts";
import type { Session } from "./session.ts";

/** How the config file stands to what is in force for a registered job. */
export async function fileState(session: Session, job: LedgerJob): Promise<WhyFile> {
  const { desired, diagnostics } = session.project.loaded;
  const failed = (await openNodes(session.database)).find(
    ({ expired, reloadError }) => !expired && reloadError !== null,
  );
  const reload_failed_at = iso(failed?.reloadFailedAt ?? null);
  if (desired === null) {
    return { state: "broken", mistake: firstMistake(diagnostics), reload_failed_at };
  }
  const mistake = firstMistake(failed?.reloadError ?? []);
  const declared = desired.jobs.find(({ spec }) => jobKey(spec.name) === jobKey(job.jobName));
  if (declared === undefined) return { state: "undeclared", mistake, reload_failed_at };
  // The hash is of the form in which an older version wrote the same.
  const same = canonicalJson(declared.spec) === canonicalJson(job.spec);
  return { state: same ? "same" : "differs", mistake, reload_failed_at };
}

function firstMistake(diagnostics: readonly Diagnostic[]): WhyFile["mistake"] {
  const first = diagnostics.find(({ severity }) => severity === "error");
  return first === undefined ? null : toDiagnosticItem(first);
}

/** Why a job that has no registration does not run; null where the file does not know it either. */
export function unregisteredWhy(
  session: Session,
  { name, schedulers }: { name: string; schedulers: WhyData["schedulers"] },
): WhyData | null {
  const declared = session.project.loaded.desired?.jobs.find(
    ({ spec }) => jobKey(spec.name) === jobKey(name),
  );
  if (declared !== undefined) {
    return unregistered(session, { spec: declared.spec, state: "not_applied", schedulers });
  }
  if (!isAvailable(session, name)) return null;
  return unregistered(session, {
    spec: availableSpec(session, name),
    state: "available",
    schedulers,
  });
}

function unregistered(
  { settings }: Session,
  known: { spec: JobSpec; state: "not_applied" | "available"; schedulers: WhyData["schedulers"] },
): WhyData {
  const { spec, state, schedulers } = known;
  const file = state === "not_applied" ? "differs" : "undeclared";
  return {
    job_name: spec.name,
    timezone: zoneOf(spec, settings.timezone),
    now: new Date().toISOString(),
    state,
    schedule: scheduleItem(spec.schedule),
    next_run: null,
    next_start: null,
    open: [],
    open_total: 0,
    decision: null,
    crashed: null,
    failures_in_a_row: 0,
    pause_after_failures: spec.pauseAfterFailures,
    mutex: null,
    last_run: null,
    last_not_run: null,
    schedulers,
    file: { state: file, mistake: null, reload_failed_at: null },
    revision: null,
  };
}
