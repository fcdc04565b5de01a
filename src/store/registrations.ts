import { randomUUIDv7 } from "node:crypto";
import type { DesiredJob, JobSpec } from "../model/job.ts";
import { canonicalJson } from "../model/json.ts";
import { jobKey, scheduleText } from "../model/job.ts";
import type { Change } from "../plan/plan.ts";
import type { Transaction } from "./connection.ts";
import { lockClocks, nextRunAfter, retimeClocks, startClocks } from "./job-clock.ts";
import type { NewClock } from "./job-clock.ts";
import { recordJobEvents } from "./job-events.ts";
import { lockPaused } from "./pause.ts";
import { serverNow } from "./queryable.ts";
import { renameJobs } from "./rename.ts";
import { nextNumber } from "./versions.ts";

/** The code of one plugin, as the bundler made it. */
export interface PluginCode {
  sha256: string;
  code: string;
  /** The source map, as JSON text. */
  map: string;
}

/** A change with the job it wants; null where the job goes. */
export interface PlannedChange {
  change: Change;
  wanted: DesiredJob | null;
}

export interface RegistrationRequest {
  changes: PlannedChange[];
  revision: number;
  request: {
    codes: ReadonlyMap<string, PluginCode>;
    appliedBy: string;
    nodeId: string | null;
  };
}

/**
 * Writes the jobs that a plan creates, changes, renames and removes: a few statements for any number
 * of jobs. A job that is new, revived, re-enabled, was paused or has another schedule starts from
 * now; every other one keeps its next run. Returns the ids of the jobs that stay, by job key.
 */
export async function writeRegistrations(
  tx: Transaction,
  { changes, revision, request }: RegistrationRequest,
): Promise<ReadonlyMap<string, string>> {
  if (changes.length === 0) return new Map();
  await renameJobs(
    tx,
    changes.map(({ change }) => change),
  );
  const kept = changes.filter(({ wanted }) => wanted !== null);
  const paused = await lockPaused(
    tx,
    kept.flatMap(({ change }) => change.jobId ?? []),
  );
  const ids = await upsertJobs(tx, kept, revision);
  await writeVersions(tx, { changes: kept, ids, revision, codes: request.codes });
  const removed = changes.flatMap(({ change, wanted }) =>
    wanted === null && change.jobId !== null ? [change.jobId] : [],
  );
  await removeJobs(tx, removed);
  // Read when no node can record by the old schedules any more: a due time has one schedule or the other.
  await lockClocks(tx, [...ids.values(), ...removed]);
  const now = await serverNow(tx);
  await writeClocks(tx, { kept, removed, ids, paused, now });
  await recordJobEvents(tx, {
    jobIds: [...ids.values(), ...removed],
    at: now,
    revision,
    nodeId: request.nodeId,
    doneBy: request.appliedBy,
    reason: null,
  });
  return ids;
}

/** job key → id, the ids of revived jobs being their old ones. */
async function upsertJobs(
  tx: Transaction,
  changes: PlannedChange[],
  revision: number,
): Promise<Map<string, string>> {
  const rows = changes.flatMap(({ change, wanted }) =>
    wanted === null
      ? []
      : [
          {
            id: change.jobId ?? randomUUIDv7(),
            job_name: wanted.spec.name,
            schedule: scheduleText(wanted.spec.schedule),
            enabled: wanted.spec.enabled,
            spec: wanted.spec,
            spec_hash: wanted.specHash,
          },
        ],
  );
  const written = await tx.query<{ id: string; job_name: string }>(
    `insert into scheduled_jobs (id, job_name, schedule, enabled, spec, spec_hash, revision_id)
     select id, job_name, schedule, enabled, spec, spec_hash, $2
       from jsonb_to_recordset($1::text::jsonb)
         as r(id text, job_name text, schedule text, enabled boolean, spec jsonb, spec_hash text)
      order by id
     on conflict (name_key) do update
        set job_name = excluded.job_name, schedule = excluded.schedule, spec = excluded.spec,
            spec_hash = excluded.spec_hash, revision_id = excluded.revision_id,
            updated_at = clock_timestamp(), runtime_status = 'running', crashed = null,
            paused_at = null, consecutive_failures = 0,
            enabled = case when scheduled_jobs.removed_at is null
                           then coalesce(scheduled_jobs.override_enabled, excluded.enabled)
                           else excluded.enabled end,
            override_enabled = case when scheduled_jobs.removed_at is null
                                    then scheduled_jobs.override_enabled end,
            removed_at = null
     returning id, job_name`,
    [JSON.stringify(rows), revision],
  );
  return new Map(written.map((row) => [jobKey(row.job_name), row.id]));
}

interface VersionWrite {
  changes: PlannedChange[];
  ids: ReadonlyMap<string, string>;
  revision: number;
  codes: ReadonlyMap<string, PluginCode>;
}

/** Points each plugin job at the version of its code, making the version if the code is new to it. */
async function writeVersions(tx: Transaction, write: VersionWrite): Promise<void> {
  const wanted = write.changes.flatMap(({ wanted: job }) => {
    const id = job === null ? undefined : write.ids.get(jobKey(job.spec.name));
    if (job === null || id === undefined) return [];
    const run = job.spec.run;
    const code = run.type === "plugin" ? write.codes.get(run.plugin) : undefined;
    return [{ version_id: randomUUIDv7(), job_id: id, sha256: code?.sha256 ?? null, code }];
  });
  const codes = new Map(wanted.flatMap(({ code }) => (code ? [[code.sha256, code] as const] : [])));
  await tx.query(
    `insert into job_code (sha256, code, map)
     select sha256, code, map from jsonb_to_recordset($1::text::jsonb)
       as c(sha256 text, code text, map text) order by sha256
     on conflict do nothing`,
    [JSON.stringify([...codes.values()])],
  );
  const versions = JSON.stringify(
    wanted.map(({ version_id, job_id, sha256 }) => ({ version_id, job_id, sha256 })),
  );
  await tx.query(
    `insert into job_versions (id, job_id, number, sha256, revision_id)
     select w.version_id, w.job_id, ${nextNumber("w.job_id")}, w.sha256, $2
       from jsonb_to_recordset($1::text::jsonb) as w(version_id text, job_id text, sha256 text)
      where w.sha256 is not null
     on conflict (job_id, sha256) do nothing`,
    [versions, write.revision],
  );
  await tx.query(
    `update scheduled_jobs j set version_id = v.id
       from jsonb_to_recordset($1::text::jsonb) as w(job_id text, sha256 text)
       left join job_versions v on v.job_id = w.job_id and v.sha256 = w.sha256
      where j.id = w.job_id`,
    [versions],
  );
}

async function removeJobs(tx: Transaction, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.query(
    `update scheduled_jobs
        set removed_at = clock_timestamp(), enabled = false, updated_at = clock_timestamp(),
            override_enabled = null, override_by = null, override_reason = null, override_at = null
      where id = any ($1::text[])`,
    [ids],
  );
}

/** Whether the job's past ends here: its next run is then computed from now. */
function startsAnew(change: PlannedChange["change"]): boolean {
  const { before, after } = change;
  if (before === null || after === null) return true;
  return (
    before.enabled !== after.enabled ||
    canonicalJson(before.schedule) !== canonicalJson(after.schedule)
  );
}

interface ClockWrite {
  kept: PlannedChange[];
  removed: string[];
  ids: ReadonlyMap<string, string>;
  now: Date;
  /** The anchors of jobs that rest after their failures, and go on with the change. */
  paused: ReadonlyMap<string, Date>;
}

/** Each clock of a job that changed gets another generation, whatever changed of it. */
async function writeClocks(
  tx: Transaction,
  { kept, removed, ids, paused, now }: ClockWrite,
): Promise<void> {
  const anew: NewClock[] = removed.map((jobId) => ({ jobId, next: null, anchor: now }));
  const onward = new Map<string, JobSpec>();
  for (const { change, wanted } of kept) {
    const jobId = wanted === null ? undefined : ids.get(jobKey(wanted.spec.name));
    if (wanted === null || jobId === undefined) throw new Error("a kept job has a spec and an id");
    const pausedAnchor = paused.get(jobId);
    if (startsAnew(change) || pausedAnchor !== undefined) {
      // An interval keeps its beat over a pause, as over every edit that leaves the schedule alone.
      const anchor = startsAnew(change) ? now : (pausedAnchor ?? now);
      anew.push({ jobId, next: nextRunAfter(wanted.spec, { anchor, after: now }), anchor });
    } else onward.set(jobId, wanted.spec);
  }
  await startClocks(tx, anew);
  await retimeClocks(tx, onward);
}
