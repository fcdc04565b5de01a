import { BUILTIN_JOBS } from "../../src/builtin/index.ts";
import { findBuiltin } from "../../src/model/builtins.ts";
import type { Database } from "../../src/store/connection.ts";
import { findExecution } from "../../src/store/executions.ts";
import { serverNow } from "../../src/store/queryable.ts";
import { startUp } from "../../test/helpers/cli.ts";
import { testDatabase, type Cleanup } from "../../test/helpers/database.ts";
import { testProject } from "../../test/helpers/project.ts";
import { triggerByHand } from "../../test/helpers/runs.ts";
import { addMaintenanceRows } from "./maintenance-rows.ts";

/** How the clean-ups of many rows went, and how late another job was meanwhile. */
export interface MaintenanceFound {
  seededMs: number;
  /** From the asking for all clean-ups until the last of them ended. */
  tookMs: number;
  cleanups: CleanupFound[];
  /** Executions that retention deleted meanwhile, and those that it left. */
  pruned: number;
  unpruned: number;
  /** Starts of the job that is due each second, in ms after they were due: first without clean-ups. */
  lateBeforeMs: number[];
  lateMs: number[];
  /** Due times of it without a successful run. */
  missed: number;
}

export interface CleanupFound {
  name: string;
  status: string;
  message: string;
  /** What observing counted before. */
  expected: number;
  processed: number;
  failed: number;
  tookMs: number;
}

/** All of them, asked for at once. */
const CLEANUPS = [
  "cleanup-sessions",
  "log-cleanup",
  "cleanup_inactive_sessions",
  "cleanup_empty_contexts",
  "database_cleanup",
  "behavioral_analysis",
  "malicious_ip_blacklist",
];

/** Lines that are old by the rule of a clean-up are not yet so by that of the scheduler's own pruning. */
const CONFIG = `project: maintenance
node: {concurrency: 16}
retention: {logs: 3650d}
jobs:
  steady: {schedule: {every: 1s}, overlap: allow, command: ["true"]}
${CLEANUPS.map((name) => `  ${name}: {schedule: "0 0 1 1 *", timeout: 1h, enforce: true}`).join("\n")}
`;

/** Seeds the tables, starts a scheduler, and runs every clean-up beside a job that is due each second. */
export async function proveMaintenance(
  t: Cleanup,
  { rows, ticksBefore }: { rows: number; ticksBefore: number },
): Promise<MaintenanceFound> {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  const beganMs = performance.now();
  await addMaintenanceRows(database, rows);
  const seededMs = performance.now() - beganMs;
  const expected = await observeAll(database);
  const up = startUp(t, { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } });
  const tick = async (): Promise<void> => {
    await up.line((line) => line["event"] === "run_finished" && line["job_name"] === "steady");
  };
  for (let ticks = 0; ticks < ticksBefore; ticks += 1) await tick();
  const began = await serverNow(database);
  const startedMs = performance.now();
  const asked = await Promise.all(CLEANUPS.map((name) => triggerByHand(database, name)));
  await untilEnded(
    database,
    asked.map(({ id }) => id),
  );
  const tookMs = performance.now() - startedMs;
  await tick();
  up.kill("SIGTERM");
  await up.ended;
  const cleanups = await Promise.all(
    asked.map(({ id }, index) => readCleanup(database, id, expected[index] ?? 0)),
  );
  return { seededMs, tookMs, cleanups, ...(await readSteady(database, { rows, began })) };
}

/**
 * Whether all that was found before was done, and no due time missed. The two that close sessions share
 * them, and so do the two that delete old lines.
 */
export function didAll({ cleanups, unpruned, missed }: MaintenanceFound): boolean {
  const all = new Map(cleanups.map((cleanup) => [cleanup.name, cleanup]));
  const did = (name: string, ...others: string[]): boolean => {
    const done = [name, ...others].map((one) => all.get(one)?.processed ?? Number.NaN);
    return done.reduce((sum, count) => sum + count, 0) === all.get(name)?.expected;
  };
  return (
    cleanups.every(({ status, failed }) => status === "success" && failed === 0) &&
    did("cleanup_inactive_sessions", "cleanup-sessions") &&
    did("database_cleanup", "log-cleanup") &&
    did("cleanup_empty_contexts") &&
    did("behavioral_analysis") &&
    did("malicious_ip_blacklist") &&
    unpruned === 0 &&
    missed === 0
  );
}

/** What each would do, before any of them did anything. */
async function observeAll(database: Database): Promise<number[]> {
  const found: number[] = [];
  for (const name of CLEANUPS) {
    const builtin = findBuiltin(name);
    if (builtin === null) throw new Error(`there is no built-in ${name}`);
    const { itemsFound } = await BUILTIN_JOBS[builtin].run({
      database,
      databaseName: null,
      parameters: {},
      enforce: false,
      limitMs: null,
      log: () => undefined,
      signal: new AbortController().signal,
    });
    found.push(itemsFound);
  }
  return found;
}

/** Until they have ended, and retention has pruned what is old. */
async function untilEnded(database: Database, ids: string[]): Promise<void> {
  for (;;) {
    const [open] = await database.query<{ n: number }>(
      `select (select count(*) from executions
                where id = any ($1::text[]) and status in ('pending', 'running'))
            + (select count(*) from (select from executions where trace_id = 'x' limit 1) o) as n`,
      [ids],
    );
    if ((open?.n ?? 0) === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function readCleanup(
  database: Database,
  id: string,
  expected: number,
): Promise<CleanupFound> {
  const ended = await findExecution(database, id);
  if (ended === null) throw new Error(`there is no execution ${id}`);
  return {
    name: ended.jobName,
    status: ended.status,
    message: ended.message ?? ended.error ?? "",
    expected,
    processed: ended.itemsProcessed ?? 0,
    failed: ended.itemsFailed ?? 0,
    tookMs: ended.durationMs ?? Number.NaN,
  };
}

async function readSteady(
  database: Database,
  { rows, began }: { rows: number; began: Date },
): Promise<Pick<MaintenanceFound, "lateBeforeMs" | "lateMs" | "missed" | "pruned" | "unpruned">> {
  // The last run may have been cut by the end of the scheduler.
  const runs = await database.query<{ status: string; early: boolean; lateMs: number | null }>(
    `select status, scheduled_for < $1::timestamptz as early, extract(epoch from started_at - scheduled_for)::float8 * 1000 as "lateMs"
       from executions
      where job_name = 'steady' and trigger <> 'manual' and reason is distinct from 'shutdown'
      order by scheduled_for`,
    [began],
  );
  const lateness = (early: boolean): number[] =>
    runs.flatMap((run) => (run.early === early && run.lateMs !== null ? [run.lateMs] : []));
  const [left] = await database.query<{ n: number }>(
    "select count(*) as n from executions where trace_id = 'x'",
  );
  return {
    lateBeforeMs: lateness(true),
    lateMs: lateness(false),
    missed: runs.filter(({ status }) => status !== "success").length,
    pruned: rows - (left?.n ?? 0),
    unpruned: left?.n ?? 0,
  };
}
