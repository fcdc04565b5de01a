import { readdirSync, readFileSync } from "node:fs";

const INTERVAL_MS = 100;

/** A process tree with a cap. */
export interface MemoryWatched {
  /** Null before it runs and after it ended. */
  readonly pid: number | null;
  readonly memoryBytes: number;
  outOfMemory(): void;
}

/** Looks at the resident memory of every tree ten times a second while it is on. */
export function watchMemory(watched: () => Iterable<MemoryWatched>): {
  start(): void;
  stop(): void;
} {
  let timer: NodeJS.Timeout | undefined;
  const check = (): void => {
    for (const tree of watched()) {
      if (tree.pid !== null && residentBytes(tree.pid) > tree.memoryBytes) tree.outOfMemory();
    }
  };
  return {
    start: () => (timer ??= setInterval(check, INTERVAL_MS)),
    stop: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/**
 * Resident bytes of a process and its descendants. One that left the tree by forking twice is not
 * counted, and neither is anything where there is no /proc: there only the limit of Node's own
 * heap holds. A page that two of them share counts twice.
 */
export function residentBytes(pid: number): number {
  if (process.platform !== "linux") return 0;
  let pages = 0;
  const queue = [pid];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    pages += residentPages(next);
    queue.push(...children(next));
  }
  return pages * pageBytes();
}

function residentPages(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, "latin1").split(" ")[1] ?? 0);
  } catch {
    return 0;
  }
}

/** The processes that any thread of `pid` started. */
function children(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1")
        .split(" ")
        .filter((text) => text !== "")
        .map(Number),
    );
  } catch {
    return [];
  }
}

let knownPageBytes: number | undefined;

/** Pages are 4 KiB on most machines, and 16 or 64 KiB on some with ARM. */
function pageBytes(): number {
  if (knownPageBytes !== undefined) return knownPageBytes;
  try {
    const kilobytes = /KernelPageSize:\s+(\d+) kB/.exec(readFileSync("/proc/self/smaps", "latin1"));
    knownPageBytes = Number(kilobytes?.[1] ?? 4) * 1_024;
  } catch {
    knownPageBytes = 4_096;
  }
  return knownPageBytes;
}
