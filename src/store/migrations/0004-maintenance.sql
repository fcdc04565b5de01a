-- What the maintenance jobs work on, for applications that keep it here. There are no foreign keys:
-- who writes these rows decides what they mean, and no clean-up may reach further than it says.

alter table user_sessions
  add column country text,
  add column region text,
  add column city text,
  add column landing_page text,
  add column entry_url text,
  add column fingerprint_hash text,
  add column is_bot boolean not null default false,
  add column is_ai_crawler boolean not null default false,
  add column is_scanner boolean not null default false,
  add column is_behavioral_bot boolean not null default false,
  add column behavioral_bot_reason text,
  add column behavioral_bot_score integer not null default 0,
  add column session_source text not null default 'unknown' check (session_source in
    ('web', 'api', 'cli', 'oauth', 'mcp', 'bridge', 'unknown')),
  add column revoked_at timestamptz(3);

-- What came from an address lately, and how often a client began anew.
create index user_sessions_started on user_sessions (started_at) where ip_address is not null;
create index user_sessions_fingerprint on user_sessions (fingerprint_hash, started_at)
  where fingerprint_hash is not null;

create table users (
  id text primary key,
  name text not null unique,
  email text not null unique check (email = lower(email)),
  status text not null default 'active' check (status in
    ('active', 'inactive', 'suspended', 'pending', 'deleted', 'temporary')),
  roles text[] not null default '{user}',
  is_bot boolean not null default false,
  is_scanner boolean not null default false,
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp()
);

create table user_contexts (
  context_id text primary key,
  user_id text not null,
  session_id text,
  name text not null,
  -- One of kind `cli_session` belongs to its session, and is kept as long as it has one.
  kind text not null default 'user',
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp()
);

create index user_contexts_created on user_contexts (created_at, context_id);

create table task_messages (
  id bigint generated always as identity primary key,
  task_id text not null,
  message_id text not null,
  role text not null check (role in ('user', 'agent')),
  context_id text,
  user_id text,
  session_id text,
  trace_id text,
  sequence_number integer not null default 0,
  created_at timestamptz(3) not null default clock_timestamp()
);

create index task_messages_context on task_messages (context_id);

-- The record of what tools did: no clean-up deletes of it.
create table mcp_tool_executions (
  mcp_execution_id text primary key,
  tool_name text not null,
  server_name text not null,
  started_at timestamptz(3) not null default clock_timestamp(),
  completed_at timestamptz(3),
  execution_time_ms integer,
  input text not null default '',
  output text,
  status text not null check (status in ('pending', 'success', 'failed', 'timeout')),
  error_message text,
  user_id text not null,
  session_id text,
  context_id text,
  task_id text,
  trace_id text,
  created_at timestamptz(3) not null default clock_timestamp()
);

create index mcp_tool_executions_context on mcp_tool_executions (context_id)
  where context_id is not null;

create table governance_decisions (
  id text primary key,
  context_id text,
  decision text not null check (decision in ('allow', 'deny')),
  created_at timestamptz(3) not null default clock_timestamp()
);

create index governance_decisions_context on governance_decisions (context_id)
  where context_id is not null;

-- Lines of the scheduler name no user, so that this index costs their writing nothing.
create index logs_user on logs (user_id, timestamp, id) where user_id is not null;

create table fingerprint_reputation (
  fingerprint_hash text primary key,
  first_seen_at timestamptz(3) not null default clock_timestamp(),
  last_seen_at timestamptz(3) not null default clock_timestamp(),
  total_session_count integer not null default 0,
  active_session_count integer not null default 0,
  total_request_count bigint not null default 0,
  requests_last_hour integer not null default 0,
  peak_requests_per_minute real not null default 0,
  sustained_high_velocity_minutes integer not null default 0,
  is_flagged boolean not null default false,
  flag_reason text,
  flagged_at timestamptz(3),
  reputation_score integer not null default 50 check (reputation_score between 0 and 100),
  abuse_incidents integer not null default 0,
  last_abuse_at timestamptz(3),
  last_ip_address text,
  last_user_agent text,
  associated_user_ids text[] not null default '{}',
  updated_at timestamptz(3) not null default clock_timestamp()
);

create index fingerprint_reputation_seen on fingerprint_reputation (last_seen_at);

create table banned_ips (
  ip_address varchar(45) primary key,
  reason varchar(255) not null,
  banned_at timestamptz(3) not null default clock_timestamp(),
  -- Null: without end.
  expires_at timestamptz(3),
  ban_count integer not null default 1,
  last_offense_path varchar(512),
  last_user_agent text,
  is_permanent boolean not null default false,
  source_fingerprint text,
  ban_source varchar(50) not null default 'manual',
  associated_session_ids text[] not null default '{}'
);

create index banned_ips_expires on banned_ips (expires_at)
  where expires_at is not null and not is_permanent;

create table oauth_auth_codes (
  code text primary key,
  client_id text not null,
  user_id text not null,
  redirect_uri text not null,
  scope text not null,
  expires_at timestamptz(3) not null,
  code_challenge text,
  code_challenge_method text check (code_challenge_method in ('S256', 'plain')),
  used_at timestamptz(3),
  refresh_token_id text,
  created_at timestamptz(3) not null default clock_timestamp(),
  check (expires_at > created_at)
);

create index oauth_auth_codes_expires on oauth_auth_codes (expires_at);
create index oauth_auth_codes_used on oauth_auth_codes (used_at) where used_at is not null;

create table oauth_refresh_tokens (
  token_id text primary key,
  client_id text not null,
  user_id text not null,
  scope text not null,
  expires_at timestamptz(3) not null,
  family_id text,
  consumed_at timestamptz(3),
  created_at timestamptz(3) not null default clock_timestamp(),
  updated_at timestamptz(3) not null default clock_timestamp()
);

create index oauth_refresh_tokens_expires on oauth_refresh_tokens (expires_at);

create table oauth_state_bindings (
  state_token_hash text primary key,
  return_to text,
  client_id text,
  redirect_uri text,
  created_at timestamptz(3) not null default clock_timestamp(),
  expires_at timestamptz(3) not null,
  consumed_at timestamptz(3)
);

create index oauth_state_bindings_expires on oauth_state_bindings (expires_at);

create table oauth_jti_revocations (
  jti text primary key,
  user_id uuid not null,
  revoked_at timestamptz(3) not null default clock_timestamp(),
  exp timestamptz(3) not null
);

create index oauth_jti_revocations_exp on oauth_jti_revocations (exp);

create table id_jag_replay (
  jti text primary key,
  expires_at timestamptz(3) not null,
  seen_at timestamptz(3) not null default clock_timestamp()
);

create index id_jag_replay_expires on id_jag_replay (expires_at);

-- Built-ins of before wrote whatever they were asked to, which their specs could not say.
update scheduled_jobs set spec = jsonb_set(spec, '{run,enforce}', 'true')
 where spec -> 'run' ->> 'type' = 'builtin' and not (spec -> 'run') ? 'enforce';
