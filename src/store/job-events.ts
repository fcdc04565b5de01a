import type { JobSchedule } from "../model/job.ts";
import type { Queryable } from "./queryable.ts";

/** What was decided about a job. */
export type JobEventKind =
  | "registered"
  | "changed"
  | "enabled"
  | "disabled"
  | "removed"
  | "paused"
  | "resumed";

/** A decision about a job, in force until the next one. */
export interface JobEvent {
  at: Date;
  kind: JobEventKind;
  /** By which the job is due from then on; null: by none. */
  schedule: JobSchedule | null;
  anchor: Date | null;
  /** The one whose apply decided; null: a person did. */
  revision: number | null;
  appliedAt: Date | null;
  appliedBy: string | null;
  gitCommit: string | null;
  gitAuthor: string | null;
  gitSubject: string | null;
  gitDirty: boolean | null;
  nodeId: string | null;
  doneBy: string | null;
  reason: string | null;
}

/** Who decided, and from when on it holds. */
export interface Decision {
  jobIds: readonly string[];
  /** The instant from which the next runs of the jobs were computed. */
  at: Date;
  /** The one that is applied; null: the decision is a person's. */
  revision: number | null;
  nodeId: string | null;
  doneBy: string;
  reason: string | null;
}

/**
 * Records what became of jobs, once their own rows and clocks are written: one event for each that
 * is due by another schedule than before, or rests, or goes. It belongs into the transaction that
 * decided, and is one statement for any number of jobs.
 */
export async function recordJobEvents(tx: Queryable, decision: Decision): Promise<void> {
  const { jobIds, at, revision, nodeId, doneBy, reason } = decision;
  if (jobIds.length === 0) return;
  await tx.query(RECORD, [jobIds, at, revision, nodeId, doneBy, reason]);
}

/** The decisions about a job, the oldest first. */
export async function readJobEvents(db: Queryable, jobId: string): Promise<JobEvent[]> {
  return db.query<JobEvent>(
    `select e.at, e.kind, e.schedule, e.anchor, e.revision_id as revision,
            r.applied_at as "appliedAt", r.applied_by as "appliedBy",
            r.git_commit as "gitCommit", r.git_author as "gitAuthor",
            r.git_subject as "gitSubject", r.git_dirty as "gitDirty",
            e.node_id as "nodeId", e.done_by as "doneBy", e.reason
       from job_events e left join config_revisions r on r.id = e.revision_id
      where e.job_id = $1 order by e.at, e.id`,
    [jobId],
  );
}

// What a job's last event says is compared with what its row says now, so that whoever writes the
// row need not know what was before. The anchor counts: a schedule that starts anew has no past.
const RECORD = `
insert into job_events (job_id, at, kind, schedule, anchor, revision_id, node_id, done_by, reason)
select id, $2::timestamptz, kind,
       case when kind in ('registered', 'changed', 'enabled', 'resumed') then schedule end,
       anchor, $3::bigint, $4, $5, $6
  from (
    select j.id, c.anchor, nullif(j.spec -> 'schedule', 'null') as schedule,
           case when j.removed_at is not null
                then case when last.kind <> 'removed' then 'removed' end
                when not j.enabled
                then case when last.kind is distinct from 'disabled' then 'disabled' end
                when j.paused_at is not null
                then case when last.kind is distinct from 'paused' then 'paused' end
                when coalesce(last.kind, 'removed') = 'removed' then 'registered'
                when last.kind = 'disabled' then 'enabled'
                when last.kind = 'paused' then 'resumed'
                when last.schedule is distinct from nullif(j.spec -> 'schedule', 'null')
                  or last.anchor is distinct from c.anchor then 'changed' end as kind
      from scheduled_jobs j
      join job_clock c on c.job_id = j.id
      left join lateral (
        select e.kind, e.schedule, e.anchor from job_events e
         where e.job_id = j.id order by e.at desc, e.id desc limit 1) last on true
     where j.id = any ($1::text[])) decided
 where kind is not null
 order by id`;
