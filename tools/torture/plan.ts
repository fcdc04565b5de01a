import type { Random } from "./random.ts";

/** What can be done to the nodes and to their database. */
export type FaultKind =
  | "kill_scheduler"
  | "kill_launcher"
  | "kill_both"
  | "stop_scheduler"
  | "stop_launcher"
  | "restart_node"
  | "end_connections"
  | "kill_database"
  | "stall_road"
  | "cut_road"
  | "flap_road"
  | "cut_all_roads"
  | "jump_clock"
  | "fill_disk";

/** One fault, before it is done. */
export interface Step {
  kind: FaultKind;
  /** From the beginning of the run. */
  atMs: number;
  lengthMs: number;
  /** From 1; null: it is done to the database. */
  node: number | null;
}

export interface PlanOptions {
  nodes: number;
  leaseMs: number;
  durationMs: number;
  /** Those that can be done on this machine. */
  kinds: readonly FaultKind[];
  /** So many of the nodes, the first ones, are on one host; the others have one of their own. */
  neighbours: number;
  /** Of these nodes alone the clock can be moved, the disk filled. */
  clockNode: number;
  diskNode: number;
  /** The scheduler of this node is never ended, so that its memory can be watched; null: of none. */
  sparedNode: number | null;
}

/** Faults come in waves, so that between two it shows whether all is well again. */
const WAVE_MS = 60_000;

/** Most stops outlive the lease of the stopped node twice. */
const STOPS: [number, number][] = [
  [0.2, 2],
  [2, 2.6],
  [2, 2.6],
];

/** How often each kind is chosen, and how long it lasts, in ms or in leases. */
const KINDS: Record<
  FaultKind,
  {
    weight: number;
    target: "node" | "neighbour" | "clock" | "disk" | "database";
    ms?: [number, number];
    /** One of the ranges is drawn. */
    leases?: [number, number][];
    /** It ends the scheduler of its node. */
    ends?: true;
  }
> = {
  kill_scheduler: { weight: 6, target: "node", ms: [0, 5_000], ends: true },
  kill_launcher: { weight: 4, target: "node", ms: [0, 0] },
  // Of a host on which nobody is left its jobs live on: no other host can end them.
  kill_both: { weight: 3, target: "neighbour", ms: [0, 5_000], ends: true },
  stop_scheduler: { weight: 3, target: "node", leases: STOPS },
  stop_launcher: { weight: 3, target: "node", leases: STOPS },
  restart_node: { weight: 3, target: "node", ms: [0, 1_000], ends: true },
  end_connections: { weight: 3, target: "database", ms: [0, 0] },
  kill_database: { weight: 2, target: "database", ms: [1_000, 5_000] },
  stall_road: { weight: 2, target: "node", leases: [[0.2, 2]] },
  cut_road: { weight: 2, target: "node", leases: [[0.1, 1.5]] },
  flap_road: { weight: 1, target: "node", leases: [[0.4, 1.5]] },
  cut_all_roads: { weight: 1, target: "database", leases: [[0.2, 1]] },
  jump_clock: { weight: 2, target: "clock", ms: [2_000, 8_000] },
  fill_disk: { weight: 1, target: "disk", ms: [2_000, 8_000] },
};

/** All that can be done anywhere. */
export const ALL_KINDS = Object.keys(KINDS) as FaultKind[];

/** The faults of a run, in the order of their times; a node has one at a time. */
export function planFaults(random: Random, options: PlanOptions): Step[] {
  const { nodes, durationMs } = options;
  const steps: Step[] = [];
  const busyUntilMs = new Map<number | null, number>();
  const neighbours = numbersTo(options.neighbours);
  let atMs = random.between(500, 2_000);
  let waveEndsMs = WAVE_MS;
  while (atMs < durationMs) {
    const kind = pickKind(random, options.kinds);
    const node = pickNode(random, kind, options);
    const lengthMs = Math.min(lengthOf(random, kind, options.leaseMs), durationMs - atMs);
    const hit = kind === "kill_both" ? neighbours : [node];
    if (hit.every((one) => atMs >= (busyUntilMs.get(one) ?? 0))) {
      steps.push({ kind, atMs, lengthMs, node });
      for (const one of hit) busyUntilMs.set(one, atMs + lengthMs + SETTLE_MS);
    }
    atMs += random.between(300, Math.round(7_000 / nodes));
    if (atMs > waveEndsMs) {
      atMs += calmMs(options.leaseMs);
      waveEndsMs = atMs + WAVE_MS;
    }
  }
  return steps;
}

/** The longest time that a survivor may take to put a fault right. */
export function recoveryMs(leaseMs: number): number {
  return leaseMs + 5_000;
}

/** A node that was hit is left alone for as long as it takes to come up again. */
const SETTLE_MS = 3_000;

/** All is put right, and then for a while everything must be on time. */
function calmMs(leaseMs: number): number {
  return recoveryMs(leaseMs) + 8_000;
}

function pickKind(random: Random, kinds: readonly FaultKind[]): FaultKind {
  return random.pick(
    kinds.flatMap((kind) => Array.from({ length: KINDS[kind].weight }, () => kind)),
  );
}

function pickNode(random: Random, kind: FaultKind, options: PlanOptions): number | null {
  const { target, ends } = KINDS[kind];
  const among = (count: number): number =>
    random.pick(numbersTo(count).filter((node) => !ends || node !== options.sparedNode));
  switch (target) {
    case "database":
      return null;
    case "clock":
      return options.clockNode;
    case "disk":
      return options.diskNode;
    case "neighbour":
      return among(options.neighbours);
    case "node":
      return among(options.nodes);
  }
}

function lengthOf(random: Random, kind: FaultKind, leaseMs: number): number {
  const { ms, leases } = KINDS[kind];
  const [least, most] = ms ?? random.pick(leases ?? []).map((share) => Math.round(share * leaseMs));
  return random.between(least ?? 0, most ?? 0);
}

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
