import type { Database } from "../../src/store/connection.ts";
import { findExecution } from "../../src/store/executions.ts";
import { startUp, type RunningCli } from "../../test/helpers/cli.ts";
import type { Cleanup } from "../../test/helpers/database.ts";
import { testProject } from "../../test/helpers/project.ts";
import { triggerByHand } from "../../test/helpers/runs.ts";
import { forgetPeak, launcherOf, peakBytes, residentBytes } from "../bench/processes.ts";

/** What a job that writes a great deal costs, and what is kept of it. */
export interface OutputFound {
  writtenBytes: number;
  /** From the asking for the run to its record, all included. */
  tookMs: number;
  /** Resident memory before the run, and its highest point in it: of scheduler and launcher. */
  beforeBytes: number[];
  peakBytes: number[];
  /** Of both together. */
  grownBytes: number;
  keptBytes: number;
  limitBytes: number;
  /** The line that says how much was left out. */
  mark: string | null;
  /** The last line that the job wrote. */
  last: string | null;
}

const LIMIT_BYTES = 1_048_576;

/** Runs one job that writes so many bytes on a scheduler in a process of its own. */
export async function proveOutput(
  t: Cleanup,
  { url, database, bytes }: { url: string; database: Database; bytes: number },
): Promise<OutputFound> {
  const project = await testProject(
    t,
    `project: output
jobs:
  loud:
    schedule: "0 0 1 1 *"
    timeout: 10m
    output: 1MiB
    command: "yes 0123456789abcdef | head -c ${bytes}; echo; echo the end"
  warm: {schedule: "0 0 1 1 *", command: "yes | head -c 3000000"}
`,
  );
  const up = startUp(t, { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } });
  await up.line((line) => line["event"] === "applied");
  // The first run loads what every run needs; it is not what this is about.
  await run("warm", up, database);
  const launcher = launcherOf(up.pid);
  if (launcher === null) throw new Error("the scheduler has no launcher");
  const pids = [up.pid, launcher];
  for (const pid of pids) forgetPeak(pid);
  const before = pids.map(residentBytes);
  const startedMs = performance.now();
  await run("loud", up, database);
  const tookMs = performance.now() - startedMs;
  const peak = pids.map(peakBytes);
  if (peak.includes(0)) throw new Error("the scheduler or its launcher has ended");
  up.kill("SIGTERM");
  await up.ended;
  const kept = await database.query<{ message: string }>(
    "select message from logs where job_name = 'loud' and module in ('stdout', 'stderr') order by id",
  );
  return {
    writtenBytes: bytes,
    tookMs,
    beforeBytes: before,
    peakBytes: peak,
    grownBytes: sum(peak) - sum(before),
    keptBytes: sum(kept.map(({ message }) => Buffer.byteLength(message))),
    limitBytes: LIMIT_BYTES,
    mark: kept.find(({ message }) => message.includes("left out"))?.message ?? null,
    last: kept.at(-1)?.message ?? null,
  };
}

/** Runs the job once to its end. */
async function run(name: string, up: RunningCli, database: Database): Promise<void> {
  const { id } = await triggerByHand(database, name);
  await up.line((line) => line["event"] === "run_finished" && line["execution_id"] === id);
  const ended = await findExecution(database, id);
  if (ended?.status !== "success") throw new Error(`${name} ended as ${ended?.status}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
