import { setTimeout as delay } from "node:timers/promises";
import type { PidMark } from "./pid-mark.ts";
import { searchProcesses, statFields, type ProcessTag } from "./process-table.ts";
import { signalGroup, signalProcess } from "./signals.ts";

/** What a sweep did. */
export interface Swept {
  killed: number[];
  /** Processes that were still there after five seconds of killing. */
  survivors: number[];
}

/**
 * SIGKILL to every process that carries the tag, and to the groups they are in, until two looks in a
 * row find none. `since` is from before the first process could carry the tag; null: not known.
 */
export async function sweepTagged(tag: ProcessTag, since: PidMark | null = null): Promise<Swept> {
  const sweep: Sweep = { tag, since, found: new Set(), killed: new Set() };
  const giveUpMs = performance.now() + SWEEP_LIMIT_MS;
  for (let clean = 0; clean < 2;) {
    sweep.found.clear();
    await nextLook(sweep);
    clean = sweep.found.size === 0 ? clean + 1 : 0;
    if (clean > 0) continue;
    if (performance.now() > giveUpMs) break;
    await delay(PAUSE_MS);
  }
  const killed = [...sweep.killed].filter((pid) => !sweep.found.has(pid));
  return { killed, survivors: [...sweep.found] };
}

const SWEEP_LIMIT_MS = 5_000;
const PAUSE_MS = 5;

interface Sweep {
  tag: ProcessTag;
  since: PidMark | null;
  /** By the latest look. */
  found: Set<number>;
  killed: Set<number>;
}

let waiting: { sweep: Sweep; resolve(): void; reject(error: unknown): void }[] = [];

/** One look at the process table serves every sweep that asked for it before it began. */
function nextLook(sweep: Sweep): Promise<void> {
  return new Promise((resolve, reject) => {
    waiting.push({ sweep, resolve, reject });
    if (waiting.length === 1) setImmediate(() => void look());
  });
}

async function look(): Promise<void> {
  const served = waiting;
  waiting = [];
  const spared = [process.pid, process.ppid].map(groupOf);
  try {
    await searchProcesses(
      served.map(({ sweep: { tag, since, found, killed } }) => ({
        tag,
        since,
        found: (pid) => {
          found.add(pid);
          if (killWithGroup(pid, spared)) killed.add(pid);
        },
      })),
    );
    for (const request of served) request.resolve();
  } catch (error) {
    for (const request of served) request.reject(error);
  }
}

/**
 * Of a chain of processes each of which forks the next and ends, the one that was seen is gone when
 * the signal is sent. The chain keeps its group, and a group is signalled as a whole: no member can
 * fork out of it. A tagged process can only be in a group of its own job's making, but for one that
 * somebody gave the tag by hand: our own groups are left alone.
 */
function killWithGroup(pid: number, spared: readonly (number | null)[]): boolean {
  const group = groupOf(pid);
  const killedGroup = group !== null && !spared.includes(group) && signalGroup(group, "SIGKILL");
  return signalProcess(pid, "SIGKILL") || killedGroup;
}

/** Null where the system does not tell, and of a process that is gone. */
function groupOf(pid: number): number | null {
  const group = Number(statFields(pid)[2]);
  return Number.isSafeInteger(group) && group > 1 ? group : null;
}
