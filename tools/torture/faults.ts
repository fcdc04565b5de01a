import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../src/store/connection.ts";
import type { TortureNode } from "./node.ts";
import type { FaultKind, Step } from "./plan.ts";
import type { Proxy } from "./proxy.ts";
import type { Random } from "./random.ts";
import type { TortureServer } from "./server.ts";

/** All that faults are done to. */
export interface World {
  nodes: readonly TortureNode[];
  /** One per node, in their order. */
  roads: readonly Proxy[];
  server: TortureServer;
  database: Database;
  random: Random;
  /** What went wrong beside the records. */
  problems: string[];
  /** Moves the wall clock of the node that allows it by so many ms. */
  moveClock: (byMs: number) => Promise<void>;
  /** Fills, or clears, the disk of the node that allows it. */
  fillDisk: (full: boolean) => Promise<void>;
}

/** Does one fault and puts it right again; resolves with what was hit, for the log. */
export type Fault = (step: Step, world: World) => Promise<{ pid: number | null; detail: string }>;

/** How each fault is done. */
export const FAULTS: Record<FaultKind, Fault> = {
  async kill_scheduler(step, world) {
    const node = nodeOf(step, world);
    const { pid } = node;
    await node.kill();
    await delay(step.lengthMs);
    node.start();
    return { pid, detail: "" };
  },
  async kill_launcher(step, world) {
    const pid = nodeOf(step, world).launcherPid;
    send(pid, "SIGKILL");
    return { pid: null, detail: `launcher ${pid}` };
  },
  async kill_both(step, world) {
    const node = nodeOf(step, world);
    const { pid, launcherPid } = node;
    send(launcherPid, "SIGKILL");
    await node.kill();
    await delay(step.lengthMs);
    node.start();
    return { pid, detail: `launcher ${launcherPid}` };
  },
  async stop_scheduler(step, world) {
    const node = nodeOf(step, world);
    const { pid } = node;
    node.signal("SIGSTOP");
    await delay(step.lengthMs);
    node.signal("SIGCONT");
    return { pid: null, detail: `scheduler ${pid}` };
  },
  async stop_launcher(step, world) {
    const pid = nodeOf(step, world).launcherPid;
    send(pid, "SIGSTOP");
    await delay(step.lengthMs);
    send(pid, "SIGCONT");
    return { pid: null, detail: `launcher ${pid}` };
  },
  async restart_node(step, world) {
    const node = nodeOf(step, world);
    const { pid } = node;
    const problem = await node.stop();
    if (problem !== null) world.problems.push(problem);
    await delay(step.lengthMs);
    node.start();
    return { pid: null, detail: `scheduler ${pid}` };
  },
  async end_connections(_, { database }) {
    const ended = await database
      .query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name like 'cronverge%' and pid <> pg_backend_pid()`,
      )
      .catch(() => []);
    return { pid: null, detail: `${ended.length} connections` };
  },
  async kill_database({ lengthMs }, { server }) {
    await server.kill();
    await delay(lengthMs);
    await server.start();
    return { pid: null, detail: "" };
  },
  stall_road: (step, world) => spoilRoad("stalled", step, world),
  cut_road: (step, world) => spoilRoad("cut", step, world),
  async flap_road(step, world) {
    const road = roadOf(step, world);
    const endsMs = performance.now() + step.lengthMs;
    let times = 0;
    while (performance.now() < endsMs) {
      road.set("cut");
      await delay(world.random.between(50, 400));
      road.set("open");
      await delay(world.random.between(50, 1_000));
      times += 1;
    }
    return { pid: null, detail: `${times} times` };
  },
  async cut_all_roads({ lengthMs }, { roads }) {
    const endsMs = performance.now() + lengthMs;
    let times = 0;
    for (; performance.now() < endsMs; times += 1) {
      for (const road of roads) {
        road.set("cut");
        road.set("open");
      }
      await delay(CUT_EVERY_MS);
    }
    return { pid: null, detail: `${times} times` };
  },
  async jump_clock({ lengthMs }, { moveClock, random }) {
    const byMs = random.pick([3_600_000, -3_600_000, 864_000_000]);
    try {
      await moveClock(byMs);
      await delay(lengthMs);
    } finally {
      await moveClock(0);
    }
    return { pid: null, detail: `${byMs / 3_600_000} h` };
  },
  async fill_disk({ lengthMs }, { fillDisk }) {
    try {
      await fillDisk(true);
      await delay(lengthMs);
    } finally {
      await fillDisk(false);
    }
    return { pid: null, detail: "" };
  },
};

const CUT_EVERY_MS = 100;

async function spoilRoad(state: "stalled" | "cut", step: Step, world: World) {
  const road = roadOf(step, world);
  road.set(state);
  await delay(step.lengthMs);
  // What was on its way in a stalled connection is lost, as when a network comes back.
  road.set("cut");
  road.set("open");
  return { pid: null, detail: "" };
}

function nodeOf({ node }: Step, { nodes }: World): TortureNode {
  const found = nodes.find(({ index }) => index === node);
  if (found === undefined) throw new Error(`there is no node ${node}`);
  return found;
}

function roadOf({ node }: Step, { roads }: World): Proxy {
  const found = roads[(node ?? 0) - 1];
  if (found === undefined) throw new Error(`there is no node ${node}`);
  return found;
}

/** A process may have ended a moment ago. */
function send(pid: number | null, signal: NodeJS.Signals): void {
  if (pid === null) return;
  try {
    process.kill(pid, signal);
  } catch {}
}
