-- What is asked of a long history and of a long log, answered without reading all of it.

-- Executions by their start, or by their record where none was. A success writes to the first alone.
create index executions_succeeded on executions ((coalesce(started_at, created_at)))
  where status = 'success';

create index executions_unsuccessful on executions (status, (coalesce(started_at, created_at)))
  where status in ('failed', 'timed_out', 'cancelled', 'skipped', 'abandoned');

create index executions_unsuccessful_of_job
  on executions (job_id, status, (coalesce(started_at, created_at)))
  where status in ('failed', 'timed_out', 'cancelled', 'skipped', 'abandoned');

-- Successes of a job stand in executions_history in the order of their records, which is that of their
-- starts, but for those that waited.
create index executions_waited on executions (job_id, (coalesce(started_at, created_at)))
  where status = 'success' and started_at - created_at > interval '1 second';

-- How many executions ended in each status: the sum of the changes. Rows are only added, so that those
-- who write never wait for one another; the pruner adds them up. By triggers, because no statement that
-- writes to executions, whoever types it, may leave the number wrong.
create table execution_counts (
  status text not null,
  change bigint not null
);

create function count_executions() returns trigger
  language plpgsql set search_path from current as $$
begin
  if tg_op = 'INSERT' then
    insert into execution_counts values (new.status, 1);
  elsif tg_op = 'UPDATE' then
    insert into execution_counts
    select status, sum(change)
      from (select status, 1 as change from written union all select status, -1 from erased) c
     where status not in ('pending', 'running') group by status having sum(change) <> 0;
  elsif tg_op = 'DELETE' then
    insert into execution_counts
    select status, -count(*) from erased
     where status not in ('pending', 'running') group by status;
  else
    delete from execution_counts;
  end if;
  return null;
end $$;

-- Most are recorded open: this is asked of each row, and costs those nothing.
create trigger count_inserted after insert on executions
  for each row when (new.status not in ('pending', 'running')) execute function count_executions();
create trigger count_updated after update on executions
  referencing old table as erased new table as written
  for each statement execute function count_executions();
create trigger count_deleted after delete on executions
  referencing old table as erased for each statement execute function count_executions();
create trigger count_truncated after truncate on executions
  for each statement execute function count_executions();

-- Nobody writes in between: making the triggers has locked the table.
insert into execution_counts
select status, count(*) from executions
 where status not in ('pending', 'running') group by status;

-- Warnings and errors, the newest first, however much was said besides.
create index logs_trouble on logs (id) where level in ('WARN', 'ERROR');

-- What makes any part of their text quick to find. The extension comes with PostgreSQL, but a server may
-- lack it, or this role the right to create it; search then reads all warnings and errors.
do $$
declare home text;
begin
  select n.nspname into home
    from pg_extension x join pg_namespace n on n.oid = x.extnamespace where x.extname = 'pg_trgm';
  if home is null then
    begin
      create extension pg_trgm schema public;
      home := 'public';
    exception when others then
      create extension pg_trgm;
      home := current_schema();
    end;
  end if;
  execute format(
    'create index logs_trouble_text on logs using gin (message %I.gin_trgm_ops)
       where level in (''WARN'', ''ERROR'')', home);
exception when others then
  raise notice 'logs are searched without an index: %', sqlerrm;
end $$;
