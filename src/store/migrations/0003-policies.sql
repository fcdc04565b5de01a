-- What runs beside, after and instead of one another; what waits, is late or failed; what was when.

alter table executions
  -- When it was to start: the nominal instant and the spread of its job. Null by hand.
  add column due_at timestamptz(3),
  -- All attempts must have ended by then.
  add column deadline_at timestamptz(3),
  -- Late if it has not started by then; null once that was told, or when nobody asked.
  add column late_at timestamptz(3),
  -- How many executions may hold a key of this name at a time; 1: the name is the key.
  add column key_slots integer not null default 1,
  -- What admits one execution: no second open one has it.
  add column queue_key text;

-- The guard of `skip` beside a mutex and of the one that waits under `queue_one`.
create unique index executions_queue on executions (queue_key)
  where queue_key is not null and status in ('pending', 'running');

-- Who is next for a key.
create index executions_waiting on executions (exclusive_key, priority desc, available_at, id)
  where status = 'pending' and exclusive_key is not null and not holds_key;

-- In two parts, each in the order in which it is claimed: what has no key or holds its own comes first,
-- what waits for a key apart from it.
drop index executions_pending;
create index executions_pending on executions
  ((case when exclusive_key is not null and not holds_key then 1 else 0 end),
   priority desc, available_at, id)
  where status = 'pending';

-- When the next one that waits for another attempt may go on.
create index executions_retry on executions (available_at)
  where status = 'pending' and attempt > 0;

-- Which runs of a node are to end: asked at every wake.
create index executions_cancelled on executions (node_id)
  where status = 'running' and cancel_requested_at is not null;

-- In any state: what started late, or was recorded too late to start, is told too.
create index executions_late on executions (late_at) where late_at is not null;

create index executions_deadline on executions (deadline_at)
  where status = 'pending' and deadline_at is not null;

-- A backfill stands beside the record of the occurrence and never twice.
create unique index executions_backfill on executions (backfill_id, job_id, scheduled_for)
  where trigger = 'backfill';

alter table scheduled_jobs
  add column consecutive_failures integer not null default 0,
  add column paused_at timestamptz(3);

-- Specs of before have the defaults of the policies that they could not name.
update scheduled_jobs set spec = '{
  "overlap": "skip", "queueLimit": 100, "concurrency": 1, "mutex": null, "priority": 0,
  "catchup": {"policy": "latest", "windowMs": 86400000, "max": 100}, "spreadMs": 0,
  "retry": {"attempts": 1, "initialMs": 10000, "factor": 2, "maxMs": 600000, "jitter": 0.1},
  "deadlineMs": null, "pauseAfterFailures": null, "onFailure": null, "lateAfterMs": null}'::jsonb
  || spec;

-- What ran of each job. A row of its own, because each end writes it: that of the job is wide, and holds
-- what people declare. j.last_run and its kin read it, as j.next_run does the clock.
create table job_totals (
  job_id text primary key references scheduled_jobs (id),
  last_run timestamptz(3),
  last_status text check (last_status in ('success', 'failed', 'running')),
  last_error text,
  run_count integer not null default 0
) with (fillfactor = 70);

insert into job_totals (job_id, last_run, last_status, last_error, run_count)
select id, last_run, last_status, last_error, run_count from scheduled_jobs
 where run_count > 0 or last_status is not null order by id;

alter table scheduled_jobs
  drop column last_run, drop column last_status, drop column last_error, drop column run_count;

create function last_run(job scheduled_jobs) returns timestamptz
  language sql stable
  return (select t.last_run from job_totals t where t.job_id = job.id);

create function last_status(job scheduled_jobs) returns text
  language sql stable
  return (select t.last_status from job_totals t where t.job_id = job.id);

create function last_error(job scheduled_jobs) returns text
  language sql stable
  return (select t.last_error from job_totals t where t.job_id = job.id);

create function run_count(job scheduled_jobs) returns integer
  language sql stable
  return coalesce((select t.run_count from job_totals t where t.job_id = job.id), 0);

-- Whose next success ends a row of failures.
create index scheduled_jobs_failing on scheduled_jobs (id) where consecutive_failures > 0;

-- What was decided about a job and when: why it was due at an instant, or was not.
create table job_events (
  id bigint generated always as identity primary key,
  job_id text not null,
  at timestamptz(3) not null default clock_timestamp(),
  kind text not null check (kind in
    ('registered', 'changed', 'enabled', 'disabled', 'removed', 'paused', 'resumed')),
  -- The schedule from then on; null: none is in force.
  schedule jsonb,
  anchor timestamptz(3),
  revision_id bigint,
  node_id text,
  done_by text,
  reason text
);

create index job_events_job on job_events (job_id, at);

-- Of the time before, no more is known than what holds now.
insert into job_events (job_id, at, kind, schedule, anchor, revision_id, node_id, done_by, reason)
select j.id,
       case when j.removed_at is not null then j.removed_at
            when j.enabled then greatest(c.anchor, j.override_at)
            else coalesce(j.override_at, j.updated_at) end,
       case when j.removed_at is not null then 'removed'
            when j.enabled then 'registered' else 'disabled' end,
       case when j.removed_at is null and j.enabled then nullif(j.spec -> 'schedule', 'null') end,
       c.anchor, case when j.override_enabled is null then r.id end,
       case when j.override_enabled is null then r.node_id end,
       coalesce(j.override_by, r.applied_by), j.override_reason
  from scheduled_jobs j
  join job_clock c on c.job_id = j.id
  left join config_revisions r on r.id = j.revision_id
 where j.revision_id is not null
 order by j.id;

-- What must be told to the world outside, kept until it was.
create table outbox (
  id text primary key,
  kind text not null check (kind in ('failed', 'late', 'paused')),
  job_id text not null,
  job_name text not null,
  execution_id text,
  payload jsonb not null,
  created_at timestamptz(3) not null default clock_timestamp(),
  available_at timestamptz(3) not null default clock_timestamp(),
  tries integer not null default 0,
  node_id text,
  sent_at timestamptz(3),
  -- Given up: tried too often.
  failed_at timestamptz(3),
  error text
);

create index outbox_waiting on outbox (available_at) where sent_at is null and failed_at is null;
