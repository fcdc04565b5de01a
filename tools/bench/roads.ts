import { setTimeout as delay } from "node:timers/promises";
import type { ConnectionAddress, Database } from "../../src/store/connection.ts";
import { migrate } from "../../src/store/migrate.ts";
import type { Contender } from "./child-messages.ts";
import { startChild } from "./children.ts";
import type { Child } from "./children.ts";
import { fillGraphileWorker, GRAPHILE_WORKER_OPEN } from "./graphile-worker.ts";
import { makeDue, noopJobs, registerJobs } from "./jobs.ts";
import { fillLeast, LEAST_OPEN } from "./least.ts";
import { fillPgBoss, PG_BOSS_OPEN } from "./pg-boss.ts";
import { connectTo, SCHEMA } from "./server.ts";
import type { BenchServer } from "./server.ts";

/** The most executions at a time that the config allows. */
export const CONCURRENCY = 1_000;

/** One way to run executions that is measured. */
export interface Road {
  name: string;
  contender: Contender;
  /** Makes the jobs of others; resolves to the ms that it took to put them into a queue, if there is one. */
  fill: ((address: ConnectionAddress, count: number) => Promise<number | null>) | null;
  /** Everything is recorded as waiting before anything is claimed. */
  recordFirst: boolean;
  /** Finds a row while something waits or runs. */
  open: string;
}

const OPEN = "select from executions where status in ('pending', 'running') limit 1";

export const SCHEDULED: Road = {
  name: "Cronverge, scheduled: due → inserted as running → finished",
  contender: "cronverge",
  fill: null,
  recordFirst: false,
  open: OPEN,
};

export const BACKLOG: Road = {
  ...SCHEDULED,
  name: "Cronverge, backlog: pending → claimed → finished",
  recordFirst: true,
};

export const LEAST: Road = {
  name: "the least: due → recorded as running → kept",
  contender: "least",
  fill: fillLeast,
  recordFirst: false,
  open: LEAST_OPEN,
};

export const PG_BOSS: Road = {
  name: "pg-boss: created → fetched → completed",
  contender: "pg-boss",
  fill: fillPgBoss,
  recordFirst: false,
  open: PG_BOSS_OPEN,
};

export const PG_BOSS_EACH: Road = {
  ...PG_BOSS,
  name: "pg-boss, an outcome for each job",
  contender: "pg-boss, each job",
};

export const GRAPHILE_WORKER: Road = {
  name: "graphile-worker: queued → locked → deleted",
  contender: "graphile-worker",
  fill: fillGraphileWorker,
  recordFirst: false,
  open: GRAPHILE_WORKER_OPEN,
};

/** What one round on one road gave. */
export interface Measured {
  perSecond: number;
  /** Inserts a second, for peers. */
  insertsPerSecond: number | null;
  /** CPU time of all clients and of the server in µs per execution. */
  clientMicros: number;
  serverMicros: number;
}

const TEMPLATE = "bench_template";

/**
 * Makes a database with registered jobs, none of them due, each of which has run once: a table that is
 * known to be empty would be read as a whole for every execution. Each round gets a copy.
 */
export async function makeTemplate(server: BenchServer, jobs: number): Promise<void> {
  await server.drop(TEMPLATE);
  const address = await server.create(TEMPLATE);
  await using database = await connectTo(address);
  await migrate(database, { schema: SCHEMA });
  await registerJobs(database, noopJobs(jobs, Date.now()));
  await database.query("update job_clock set next_run = null, next_effective = null");
  await database.query(HISTORY);
  await database.query("vacuum analyze");
}

const HISTORY = `
insert into executions (id, job_id, job_name, trigger, scheduled_for, available_at, due_at, status,
    exclusive_key, attempt, fence, started_at, finished_at, duration_ms, message, trace_id)
select '0' || substr(id, 2), id, job_name, 'schedule', at, at, at, 'success', id, 1,
       nextval('fence_seq'), at, at, 0, 'nothing was done', id
  from scheduled_jobs cross join (select clock_timestamp() - interval '1 day' as at) yesterday`;

/** A copy of the template, dropped when disposed of. */
export async function copyTemplate(
  server: BenchServer,
): Promise<AsyncDisposable & { address: ConnectionAddress }> {
  const address = await server.create(ROUND, TEMPLATE);
  return { address, [Symbol.asyncDispose]: () => server.drop(ROUND) };
}

const ROUND = "bench_round";

/** Runs `count` executions on a road, with that many processes, in a database of its own. */
export async function measureRoad(
  server: BenchServer,
  given: { road: Road; processes: number; count: number },
): Promise<Measured> {
  const { road, count } = given;
  const address = await server.create(ROUND, road.fill === null ? TEMPLATE : undefined);
  await using after = new AsyncDisposableStack();
  after.defer(() => server.drop(ROUND));
  const insertMs = (await road.fill?.(address, count)) ?? null;
  const database = after.use(await connectTo(address));
  const children = await startChildren(after, { ...given, address });
  if (road.fill === null) await makeDue(database, { count, inMs: 0 });
  else await database.query("analyze");
  if (road.recordFirst) await recordAll(database, { children, count });
  await server.settle();
  const measured = await race(server, { database, road, children, count });
  return { ...measured, insertsPerSecond: insertMs === null ? null : (count / insertMs) * 1_000 };
}

async function startChildren(
  after: AsyncDisposableStack,
  { road, processes, address }: { road: Road; processes: number; address: ConnectionAddress },
): Promise<Child[]> {
  const task = { contender: road.contender, address, concurrency: CONCURRENCY };
  const children: Child[] = [];
  for (let n = 0; n < processes; n += 1) {
    const child = await startChild(task);
    after.defer(() => child.stop());
    children.push(child);
  }
  return children;
}

/** Lets the clocks record everything while nobody claims. */
async function recordAll(
  database: Database,
  { children, count }: { children: Child[]; count: number },
): Promise<void> {
  for (const child of children) child.tell("record");
  const pending = "select count(*) as n from executions where status = 'pending'";
  while (((await database.query<{ n: number }>(pending))[0]?.n ?? 0) < count) await delay(20);
}

/**
 * From the word to run until nothing is open any more. The peers' time begins with their first
 * execution instead, since they connect only when they are to run.
 */
async function race(
  server: BenchServer,
  given: { database: Database; road: Road; children: Child[]; count: number },
): Promise<Omit<Measured, "insertsPerSecond">> {
  const { database, road, children, count } = given;
  const clientCpuMs = (): number => sum(children.map((child) => child.cpuMs()));
  const before = { client: clientCpuMs(), server: server.cpuMs() };
  const toldMs = Date.now();
  for (const child of children) child.tell("run");
  while (sum(children.map(({ runs }) => runs)) < count) await delay(5);
  while ((await database.query(road.open)).length > 0) await delay(5);
  const endedMs = Date.now();
  const firstMs = Math.min(...children.map((child) => child.firstMs || Infinity));
  const tookMs = endedMs - (road.fill === null ? toldMs : firstMs);
  return {
    perSecond: (count / tookMs) * 1_000,
    clientMicros: ((clientCpuMs() - before.client) / count) * 1_000,
    serverMicros: ((server.cpuMs() - before.server) / count) * 1_000,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
