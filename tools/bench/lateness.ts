import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../src/store/connection.ts";
import { startChild } from "./children.ts";
import type { Child } from "./children.ts";
import { makeDue } from "./jobs.ts";
import type { Finding, PartResult } from "./report.ts";
import { atMost, figure } from "./report.ts";
import { CONCURRENCY, copyTemplate, makeTemplate } from "./roads.ts";
import type { BenchServer } from "./server.ts";
import { connectTo } from "./server.ts";
import { median, percentile } from "./statistics.ts";

/** Jobs that become due at one instant, and what the slowest but one in a hundred may need, in ms. */
const BURSTS = [
  { jobs: 1_000, limitMs: 250 },
  { jobs: 10_000, limitMs: 2_000 },
];

/** Jobs that are due every second, and the same limit. */
const STEADY = { jobs: 100, limitMs: 50 };

/** So long before a burst the clock knows of it; the longest sleep of a clock is 5 s. */
const NOTICE_MS = 1_500;

/** Lateness of one run of a case in ms. */
export interface Lateness {
  p50: number;
  p99: number;
  max: number;
  /** Executions that were skipped, because the one before had not ended. */
  skipped: number;
}

/** From the due time to the recorded start, both by the server's clock. */
export async function measureLateness(
  server: BenchServer,
  { rounds, seconds }: { rounds: number; seconds: number },
): Promise<PartResult> {
  await makeTemplate(server, Math.max(...BURSTS.map(({ jobs }) => jobs)));
  const steady: Lateness[] = [];
  const bursts = BURSTS.map((burst) => ({ ...burst, found: [] as Lateness[] }));
  for (let round = 0; round < rounds; round += 1) {
    await using node = await startNode(server);
    for (const burst of bursts) burst.found.push(await measureBurst(node, burst.jobs));
    steady.push(await measureSteady(node, seconds));
  }
  const cases = [
    { name: `${figure(STEADY.jobs)} jobs each second, for ${seconds} s`, ...STEADY, found: steady },
    ...bursts.map((burst) => ({ name: `${figure(burst.jobs)} jobs due at one instant`, ...burst })),
  ];
  return {
    tables: [
      {
        title: "Lateness in ms",
        columns: ["", "p50", "p99", "max", "skipped"],
        rows: cases.map(({ name, found }) => [
          name,
          ...(["p50", "p99", "max", "skipped"] as const).map((key) => figure(medianOf(found, key))),
        ]),
        note: `Medians of ${rounds} rounds; one process, node.concurrency ${figure(CONCURRENCY)}. The recorded start comes after the commit of the claim, so that these are upper bounds of its lateness.`,
      },
    ],
    findings: cases.map(({ name, limitMs, found }): Finding =>
      atMost(`lateness p99, ${name}`, medianOf(found, "p99"), limitMs, "ms"),
    ),
  };
}

function medianOf(found: readonly Lateness[], key: keyof Lateness): number {
  return median(found.map((one) => one[key]));
}

/** A scheduler that runs, on a copy of the registered jobs. */
export interface RunningNode extends AsyncDisposable {
  database: Database;
  child: Child;
}

export async function startNode(server: BenchServer): Promise<RunningNode> {
  await using opened = new AsyncDisposableStack();
  const { address } = opened.use(await copyTemplate(server));
  const database = opened.use(await connectTo(address));
  const child = await startChild({ contender: "cronverge", address, concurrency: CONCURRENCY });
  opened.defer(() => child.stop());
  child.tell("run");
  const resources = opened.move();
  return { database, child, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

async function measureBurst({ database, child }: RunningNode, jobs: number): Promise<Lateness> {
  const before = child.runs;
  const dueAt = await makeDue(database, { count: jobs, inMs: NOTICE_MS });
  // The clock may sleep for longer than the notice: an apply would wake it, and so does this.
  await database.query("select pg_notify('cronverge_' || current_schema(), '')");
  while (child.runs - before < jobs) await delay(20);
  await untilIdle(database);
  return readLateness(database, { from: dueAt, to: dueAt });
}

/** The lateness of a hundred jobs that are due each second, for so many seconds. */
export async function measureSteady({ database }: RunningNode, seconds: number): Promise<Lateness> {
  const [row] = await database.query<{ from: Date }>(
    "select date_trunc('second', clock_timestamp()) + interval '3 s' as from",
  );
  if (row === undefined) throw new Error("the server always tells the time");
  const from = row.from;
  const to = new Date(from.getTime() + (seconds - 1) * 1_000);
  await database.query(EVERY_SECOND, [STEADY.jobs, from]);
  await database.query("select pg_notify('cronverge_' || current_schema(), '')");
  await delay(to.getTime() + 2_000 - Date.now());
  await untilIdle(database);
  return readLateness(database, { from, to });
}

// As an apply of another schedule would: the spec, its hash and the clock change together.
const EVERY_SECOND = `
with chosen as (select job_id from job_clock order by job_id limit $1),
changed as (
  update scheduled_jobs
     set spec = jsonb_set(spec, '{schedule,expression}', '"* * * * * *"'),
         spec_hash = 'every second ' || id, schedule = '* * * * * *'
   where id in (select job_id from chosen))
update job_clock
   set next_run = $2::timestamptz, next_effective = $2::timestamptz, generation = generation + 1
 where job_id in (select job_id from chosen)`;

async function untilIdle(database: Database): Promise<void> {
  const open = "select from executions where status in ('pending', 'running') limit 1";
  while ((await database.query(open)).length > 0) await delay(20);
}

async function readLateness(
  database: Database,
  { from, to }: { from: Date; to: Date },
): Promise<Lateness> {
  const rows = await database.query<{ ms: string | null }>(
    `select extract(epoch from started_at - scheduled_for)::float8 * 1000 as ms from executions
      where scheduled_for between $1::timestamptz and $2::timestamptz`,
    [from, to],
  );
  const values = rows.flatMap(({ ms }) => (ms === null ? [] : [Number(ms)]));
  return {
    p50: percentile(values, 0.5),
    p99: percentile(values, 0.99),
    max: percentile(values, 1),
    skipped: rows.length - values.length,
  };
}
