import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import type { Database } from "../../src/store/connection.ts";

/** The time of the database, told without asking it; and when the clock of the jobs was zero. */
export interface ServerClock {
  nowMs: () => number;
  bootMs: number;
}

/** Compares the clocks once: they are all of this machine, and only what a fault bends runs away. */
export async function compareClocks(database: Database): Promise<ServerClock> {
  await database.query("select 1");
  const askedMs = performance.now();
  const [row] = await database.query<{ ms: number }>(
    "select extract(epoch from clock_timestamp())::float8 * 1000 as ms",
  );
  const answeredMs = performance.now();
  const uptimeMs = Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1_000;
  const offsetMs = (row?.ms ?? Number.NaN) - (askedMs + answeredMs) / 2;
  const nowMs = (): number => performance.now() + offsetMs;
  return { nowMs, bootMs: nowMs() - uptimeMs };
}
