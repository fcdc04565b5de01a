import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cleanup } from "../../test/helpers/database.ts";
import { anomaliesText } from "../history/checker.ts";
import { judge } from "../torture/evidence.ts";
import { runTorture } from "../torture/run.ts";
import { strayLives } from "../torture/summary.ts";

/** What became of three nodes and their jobs while all connections were cut again and again. */
export interface CutsFound {
  /** As it is said of the fault: how many times. */
  cuts: string;
  executions: number;
  /** What is wrong in the histories; empty: nothing. */
  anomalies: string;
  /** Crashes, hangs, and what did not settle in the end. */
  problems: string[];
}

/** Cuts all connections of all nodes every 100 ms for so long, with jobs that are due all the time. */
export async function proveCuts(
  t: Cleanup,
  { lengthMs, jobs }: { lengthMs: number; jobs: number },
): Promise<CutsFound> {
  const folder = await mkdtemp(join(tmpdir(), "cronverge-cuts-"));
  // The server's own user must be able to enter it.
  await chmod(folder, 0o711);
  t.after(() => rm(folder, { recursive: true, force: true }));
  await using stack = new AsyncDisposableStack();
  const evidence = await runTorture(
    {
      nodes: 3,
      seed: 1,
      durationMs: lengthMs,
      jobs,
      leaseMs: 5_000,
      latestMs: 2_000,
      editEveryMs: 20_000,
      sparedNode: null,
      only: [],
      folder,
      steps: [{ kind: "cut_all_roads", atMs: 2_000, lengthMs, node: null }],
      say: () => undefined,
    },
    stack,
  );
  const strays = strayLives(evidence).map(
    ({ node, code, signal }) => `node ${node} ended by itself with ${code ?? signal}`,
  );
  return {
    cuts: evidence.faults.done[0]?.detail ?? "none",
    executions: evidence.history.rows.length,
    anomalies: anomaliesText(judge(evidence)),
    problems: [...evidence.faults.problems, ...strays],
  };
}
