-- What each revision changed, and the names that a job had.

-- Null for the revisions that are older than this column.
alter table config_revisions add column changes jsonb;

-- Keys of names, the oldest first: the lines that a job wrote under them stay its own.
alter table scheduled_jobs add column former_names text[] not null default '{}';
