import type { ConnectionAddress } from "../../src/store/connection.ts";
import { connectTo } from "./server.ts";

const SCHEMA = "least";

/** As many as Cronverge records at once. */
const BATCH = 500;

// What no scheduler can do without that starts nothing twice and keeps what happened: a clock for each
// job, a start that is recorded before it happens, and a history in which a due time stands once.
const TABLES = `
create schema ${SCHEMA};
create table job_clock (job_id uuid primary key, next_run timestamptz(3) not null)
  with (fillfactor = 70);
create index on job_clock (next_run);
create table open_runs (
  id uuid primary key, job_id uuid not null unique, scheduled_for timestamptz(3) not null,
  started_at timestamptz(3) not null);
create table executions (
  id uuid primary key, job_id uuid not null, scheduled_for timestamptz(3) not null,
  started_at timestamptz(3) not null, finished_at timestamptz(3) not null, status text not null,
  message text, unique (job_id, scheduled_for));
create index on executions (started_at)`;

const FIRE = `
with due as (
  select job_id, next_run from job_clock where next_run <= clock_timestamp()
   order by next_run limit ${BATCH} for update skip locked),
moved as (
  update job_clock c set next_run = c.next_run + interval '1 day' from due d
   where c.job_id = d.job_id returning c.job_id, d.next_run)
insert into open_runs (id, job_id, scheduled_for, started_at)
select uuidv7(), job_id, next_run, clock_timestamp() from moved returning id`;

const END = `
with ended as (delete from open_runs where id = any ($1::uuid[]) returning *)
insert into executions (id, job_id, scheduled_for, started_at, finished_at, status, message)
select id, job_id, scheduled_for, started_at, clock_timestamp(), 'success', 'nothing was done'
  from ended`;

/** Finds a row while something is due or runs. */
export const LEAST_OPEN: string = `
select from ${SCHEMA}.job_clock where next_run <= clock_timestamp()
union all select from ${SCHEMA}.open_runs limit 1`;

/** A loop of two statements that runs what is due when `run` is called; one batch ends beside the next. */
export async function startLeast(
  { address }: { address: ConnectionAddress },
  onRun: () => void,
): Promise<AsyncDisposable & { run: () => Promise<void> }> {
  const database = await connectTo(address, SCHEMA);
  return {
    async run() {
      let ending: Promise<unknown> = Promise.resolve();
      for (;;) {
        const runs = await database.query<{ id: string }>(FIRE);
        await ending;
        if (runs.length === 0) return;
        for (const _ of runs) onRun();
        ending = database.query(END, [runs.map(({ id }) => id)]);
      }
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** Makes its tables, with `count` jobs that are due. */
export async function fillLeast(address: ConnectionAddress, count: number): Promise<null> {
  await using database = await connectTo(address, SCHEMA);
  await database.transaction((tx) => tx.script(TABLES));
  await database.query(
    `insert into job_clock (job_id, next_run)
     select uuidv7(), clock_timestamp() from generate_series(1, $1::integer)`,
    [count],
  );
  return null;
}
