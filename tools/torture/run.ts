import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../src/store/connection.ts";
import { migrate } from "../../src/store/migrate.ts";
import { installAudit } from "./audit.ts";
import { compareClocks, type ServerClock } from "./clock.ts";
import { makeCluster, type Cluster } from "./cluster.ts";
import { collectHistory, findForgotten } from "./collect.ts";
import { openDisk, type Disk } from "./disk.ts";
import type { Evidence } from "./evidence.ts";
import type { World } from "./faults.ts";
import { readLedger } from "./job-script.ts";
import { watchMemory } from "./memory.ts";
import { runNemesis } from "./nemesis.ts";
import { ALL_KINDS, planFaults, recoveryMs, type FaultKind, type Step } from "./plan.ts";
import { randomOf } from "./random.ts";
import { startSchedule } from "./schedule.ts";
import { SCHEMA, startServer } from "./server.ts";
import { stopNodes, untilDrained, untilLive } from "./settle.ts";

export interface TortureOptions {
  nodes: number;
  seed: number;
  /** For how long faults are injected. */
  durationMs: number;
  jobs: number;
  leaseMs: number;
  /** How late a start may be where no fault explains it. */
  latestMs: number;
  /** The time between two changes of the config. */
  editEveryMs: number;
  /** The scheduler of this node is never ended; null: each may be. */
  sparedNode: number | null;
  /** The faults to choose from; empty: all. */
  only: readonly FaultKind[];
  /** Where everything is kept; it exists. */
  folder: string;
  /** Instead of those that the seed draws. */
  steps?: readonly Step[];
  say: (line: string) => void;
}

/**
 * Runs the nodes, their jobs and the faults to the end, and collects what they left behind. What it
 * starts ends with the stack, whoever disposes of that, and when.
 */
export async function runTorture(
  options: TortureOptions,
  stack: AsyncDisposableStack,
): Promise<Evidence> {
  const { folder, say } = options;
  const server = stack.use(await startServer(join(folder, "postgres")));
  const database = stack.use(await server.connect());
  await migrate(database, { schema: SCHEMA });
  await installAudit(database);
  const clock = await compareClocks(database);
  const { nowMs } = clock;
  const cluster = await makeCluster(stack, { count: options.nodes, folder, server, nowMs });
  const disk = stack.use(await openDisk(cluster.stateDirs[0] ?? ""));
  const schedule = await startSchedule(options, cluster);
  for (const node of cluster.nodes) node.start();
  const problems: string[] = [];
  const settling = { database, nodes: options.nodes, leaseMs: options.leaseMs, problems, nowMs };
  await untilLive(settling);
  say(`${options.nodes} nodes are live`);
  const memory = stack.use(watchMemory(cluster.nodes, nowMs));
  const done = await hurt(options, { cluster, disk, server, database, clock, problems });
  await schedule.stopEditing();
  await disk.fill(false);
  await untilLive(settling);
  say("the faults are over");
  await delay(recoveryMs(options.leaseMs) + CALM_MS);
  await schedule.rest();
  await untilDrained(settling);
  const leftBehind = await findForgotten(database, schedule.ledger);
  await stopNodes(cluster.nodes, problems);
  say("the nodes have stopped");
  const history = await collectHistory(database, { ...options, ...schedule, leftBehind });
  const notDone = { ...NEVER_DONE, ...(disk.refused !== null && { fill_disk: disk.refused }) };
  const lives = cluster.nodes.flatMap((node) => node.lives);
  const ledger = await readLedger(schedule.ledger, clock.bootMs);
  return { history, ledger, faults: { done, notDone, lives, memory: memory.samples, problems } };
}

/** For as long as this everything must be well by itself before it ends. */
const CALM_MS = 3_000;

const NEVER_DONE = {
  partition_by_namespace: "all ports are on the loopback; stall_road and cut_road take its place",
  jump_clock_by_faketime: "the wall clock that a node's program reads is moved in its place",
  jump_clock_of_database: "every node would see it; the clock of the machine is not ours to move",
};

async function hurt(
  options: TortureOptions,
  given: {
    cluster: Cluster;
    disk: Disk;
    server: World["server"];
    database: Database;
    clock: ServerClock;
    problems: string[];
  },
): Promise<Evidence["faults"]["done"]> {
  const { cluster, disk, server, database, clock, problems } = given;
  const { seed, say } = options;
  const steps = options.steps ?? drawSteps(options, { cluster, disk });
  const world = {
    nodes: cluster.nodes,
    roads: cluster.roads,
    server,
    database,
    random: randomOf(seed, "details"),
    problems,
    moveClock: (byMs: number) => writeFile(cluster.clockFile, String(byMs)),
    fillDisk: (full: boolean) => disk.fill(full),
  };
  return runNemesis(steps, { world, nowMs: clock.nowMs, say });
}

function drawSteps(
  { seed, nodes, leaseMs, durationMs, only, sparedNode }: TortureOptions,
  { cluster, disk }: { cluster: Cluster; disk: Disk },
): Step[] {
  const wanted = only.length === 0 ? ALL_KINDS : only;
  const kinds = wanted.filter((kind) => kind !== "fill_disk" || disk.refused === null);
  return planFaults(randomOf(seed, "faults"), {
    nodes,
    leaseMs,
    durationMs,
    kinds,
    neighbours: cluster.neighbours,
    clockNode: cluster.clockNode,
    diskNode: 1,
    sparedNode,
  });
}
