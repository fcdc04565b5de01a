-- The tables of the design: what is declared, what is due, what happened.
-- Every instant is timestamptz(3); ids are UUIDv7 text made by the node unless said otherwise.

create table scheduler_state (
  key text primary key,
  value text not null
);

create table config_revisions (
  id bigint generated always as identity primary key,
  config_hash text not null,
  source text not null,
  config_file text not null,
  settings jsonb not null,
  summary jsonb not null,
  git_commit text,
  git_author text,
  git_subject text,
  git_dirty boolean,
  applied_by text not null,
  node_id text,
  applied_at timestamptz(3) not null default clock_timestamp()
);

create index config_revisions_hash on config_revisions (config_hash);

-- One row per distinct code, whichever jobs use it.
create table job_code (
  sha256 text primary key,
  code text not null,
  map text not null
);

create table job_versions (
  id text primary key,
  job_id text not null,
  number text not null,
  sha256 text not null references job_code (sha256),
  revision_id bigint references config_revisions (id),
  created_at timestamptz(3) not null default clock_timestamp(),
  unique (job_id, sha256)
);

create table scheduled_jobs (
  id text primary key,
  job_name text not null unique,
  -- '-' and '_' are the same in a name, so this is what must not repeat.
  name_key text not null unique generated always as (replace(job_name, '-', '_')) stored,
  schedule text not null,
  -- What is in force: the file's word, or the override's.
  enabled boolean not null default true,
  last_run timestamptz(3),
  last_status text check (last_status in ('success', 'failed', 'running')),
  last_error text,
  run_count integer not null default 0,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp(),
  origin text not null default 'config' check (origin in ('config', 'dynamic')),
  spec jsonb not null,
  spec_hash text not null,
  version_id text references job_versions (id),
  runtime_status text not null default 'running'
    check (runtime_status in ('running', 'starting', 'stopped', 'crashed', 'orphaned')),
  crashed text,
  override_enabled boolean,
  override_by text,
  override_reason text,
  override_at timestamptz(3),
  metadata jsonb not null default '{}',
  identity text,
  revision_id bigint references config_revisions (id),
  removed_at timestamptz(3)
) with (fillfactor = 70);

-- The only job row that the clock locks. No next_run: not registered.
create table job_clock (
  job_id text primary key references scheduled_jobs (id),
  next_run timestamptz(3),
  next_effective timestamptz(3),
  generation bigint not null default 0,
  anchor timestamptz(3) not null
) with (fillfactor = 70);

create index job_clock_due on job_clock (next_effective) where next_effective is not null;

-- The seeds' column scheduled_jobs.next_run has one home, job_clock; j.next_run reads it.
create function next_run(job scheduled_jobs) returns timestamptz
  language sql stable
  return (select c.next_run from job_clock c where c.job_id = job.id);

create sequence fence_seq;

create table executions (
  id text primary key,
  job_id text not null,
  job_name text not null,
  version_id text,
  revision_id bigint,
  trigger text not null check (trigger in ('schedule', 'catchup', 'manual', 'api', 'backfill')),
  scheduled_for timestamptz(3),
  covers_until timestamptz(3),
  covers_count integer not null default 1,
  available_at timestamptz(3) not null,
  status text not null check (status in
    ('pending', 'running', 'success', 'failed', 'timed_out', 'cancelled', 'skipped', 'abandoned')),
  reason text,
  fence bigint,
  exclusive_key text,
  holds_key boolean not null default false,
  attempt integer not null default 0,
  max_attempts integer not null default 1,
  priority integer not null default 0,
  node_id text,
  pid integer,
  created_at timestamptz(3) not null default clock_timestamp(),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  duration_ms bigint,
  exit_code integer,
  signal text,
  message text,
  items_processed bigint,
  items_failed bigint,
  result jsonb,
  error text,
  errors jsonb,
  parameters jsonb,
  triggered_by text,
  backfill_id text,
  cancel_requested_at timestamptz(3),
  cancel_requested_by text,
  cancel_reason text,
  trace_id text not null
) with (fillfactor = 70);

-- The backstop of "one occurrence, one record".
create unique index executions_occurrence on executions (job_id, scheduled_for)
  where trigger in ('schedule', 'catchup');

-- The guard of "attempts never overlap": every road to running passes it.
create unique index executions_exclusive on executions (exclusive_key) where holds_key;

create index executions_pending on executions (priority desc, available_at, id)
  where status = 'pending';

create index executions_running on executions (node_id) where status = 'running';

create index executions_history on executions (job_id, id);

create table nodes (
  id text primary key,
  host text not null,
  pid integer not null,
  process_start text,
  role text not null default 'all',
  version text not null,
  state text not null default 'live' check (state in ('live', 'draining', 'stopped', 'dead')),
  concurrency integer not null,
  revision_id bigint,
  config_file text,
  -- The diagnostics of a reload that failed; null while the file is good.
  reload_error jsonb,
  reload_failed_at timestamptz(3),
  started_at timestamptz(3) not null default clock_timestamp(),
  renewed_at timestamptz(3) not null default clock_timestamp(),
  lease_until timestamptz(3) not null,
  stopped_at timestamptz(3)
);

create index nodes_open on nodes (lease_until) where state in ('live', 'draining');

create table logs (
  id bigint generated always as identity primary key,
  timestamp timestamptz(3) not null default clock_timestamp(),
  level text not null check (level in ('DEBUG', 'INFO', 'WARN', 'ERROR')),
  module text not null,
  message text not null,
  metadata jsonb,
  trace_id text,
  execution_id text,
  job_name text,
  -- What was written together: a repeat after a lost answer finds it and writes nothing.
  batch text,
  user_id text,
  session_id text,
  task_id text,
  context_id text,
  client_id text
);

create index logs_timestamp on logs (timestamp);
create index logs_execution on logs (execution_id, id) where execution_id is not null;

-- What the session clean-up of the seeds works on.
create table user_sessions (
  session_id text primary key,
  user_id text,
  started_at timestamptz(3) not null default clock_timestamp(),
  last_activity_at timestamptz(3) not null default clock_timestamp(),
  ended_at timestamptz(3),
  expires_at timestamptz(3) not null default clock_timestamp() + interval '7 days',
  request_count integer not null default 0,
  ip_address text,
  user_agent text
);

create index user_sessions_open on user_sessions (last_activity_at) where ended_at is null;
