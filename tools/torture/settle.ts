import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../src/store/connection.ts";
import type { TortureNode } from "./node.ts";
import { recoveryMs } from "./plan.ts";

export interface Settling {
  database: Database;
  nodes: number;
  leaseMs: number;
  problems: string[];
  nowMs: () => number;
}

/** Resolves when every node holds a lease that it took after now, or too long has passed. */
export async function untilLive({
  database,
  nodes,
  leaseMs,
  problems,
  nowMs,
}: Settling): Promise<void> {
  const sinceMs = nowMs();
  const limitMs = recoveryMs(leaseMs) + START_MS;
  const live = async (): Promise<number> => {
    const [row] = await database.query<{ live: number }>(
      `select count(distinct (host, pid)) as live from nodes
        where state = 'live' and lease_until > clock_timestamp()
          and renewed_at > to_timestamp($1::float8 / 1000)`,
      [sinceMs],
      { idempotent: true },
    );
    return row?.live ?? 0;
  };
  while ((await live()) < nodes) {
    if (nowMs() - sinceMs > limitMs) {
      problems.push(`${await live()} of ${nodes} nodes are live ${limitMs} ms after the faults`);
      return;
    }
    await delay(100);
  }
}

/** For a machine that is busy. */
const START_MS = 15_000;
const DRAIN_MS = 60_000;

/** Resolves when nothing is due, waits or runs any more, or too long has passed. */
export async function untilDrained({ database, problems, nowMs }: Settling): Promise<void> {
  const sinceMs = nowMs();
  const left = async (): Promise<number> => {
    const [row] = await database.query<{ open: number }>(
      `select (select count(*) from executions where status in ('pending', 'running'))
            + (select count(*) from job_clock
                where next_run < clock_timestamp() + interval '1 day') as open`,
      [],
      { idempotent: true },
    );
    return row?.open ?? 0;
  };
  while ((await left()) > 0) {
    if (nowMs() - sinceMs > DRAIN_MS) {
      problems.push(`${await left()} executions or schedules were not gone after ${DRAIN_MS} ms`);
      return;
    }
    await delay(100);
  }
}

/** Ends every node with SIGTERM. */
export async function stopNodes(nodes: readonly TortureNode[], problems: string[]): Promise<void> {
  const found = await Promise.all(nodes.map((node) => node.stop()));
  problems.push(...found.filter((problem) => problem !== null));
}
