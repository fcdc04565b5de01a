import type { Database } from "../../src/store/connection.ts";
import type { Leftover } from "../history/checker.ts";
import { readCheckedJobs, readHistoryRows } from "../history/read.ts";
import { readAudit } from "./audit.ts";
import type { Evidence } from "./evidence.ts";
import { findLeftovers } from "./leftovers.ts";

/** Reads what the database knows, and ends what is still there though every node has stopped. */
export async function collectHistory(
  database: Database,
  given: {
    seed: number;
    leaseMs: number;
    latestMs: number;
    /** Where the jobs wrote; `keepsLedger` tells which of them did. */
    ledger: string;
    keepsLedger: (jobName: string) => boolean;
    /** What was found before the nodes were stopped. */
    leftBehind: readonly Leftover[];
  },
): Promise<Evidence["history"]> {
  const { seed, leaseMs, latestMs, ledger, keepsLedger, leftBehind } = given;
  const jobs = await readCheckedJobs(database);
  const outlived = findLeftovers(ledger);
  for (const { pid } of outlived) end(pid);
  const known = new Set(leftBehind.map(({ pid }) => pid));
  return {
    seed,
    leaseMs,
    latestMs,
    jobs: jobs.map((job) => ({ ...job, keepsLedger: keepsLedger(job.name) })),
    rows: await readHistoryRows(database),
    transitions: await readAudit(database),
    leftovers: [...leftBehind, ...outlived.filter(({ pid }) => !known.has(pid))],
    nodeIds: await database.query<{ id: string; pid: number; startedMs: number }>(
      `select id, pid, extract(epoch from started_at)::float8 * 1000 as "startedMs" from nodes`,
      [],
      { idempotent: true },
    ),
  };
}

/** The processes of executions that do not run by their records. */
export async function findForgotten(database: Database, ledger: string): Promise<Leftover[]> {
  const found = findLeftovers(ledger);
  const running = await database.query<{ id: string }>(
    "select id from executions where status = 'running'",
    [],
    { idempotent: true },
  );
  return found.filter(({ executionId }) => !running.some(({ id }) => id === executionId));
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {}
}
