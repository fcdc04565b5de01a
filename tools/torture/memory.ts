import { residentBytes as residentBytesOf } from "../bench/processes.ts";
import type { TortureNode } from "./node.ts";

/** What the scheduler of a node held at some time. */
export interface MemorySample {
  node: number;
  pid: number;
  atMs: number;
  residentBytes: number;
}

/** Looks at the memory of all schedulers from time to time, until it is disposed of. */
export function watchMemory(
  nodes: readonly TortureNode[],
  nowMs: () => number,
): Disposable & { samples: MemorySample[] } {
  const samples: MemorySample[] = [];
  const timer = setInterval(() => {
    for (const { index, pid } of nodes) {
      const residentBytes = pid === null ? 0 : residentBytesOf(pid);
      if (pid === null || residentBytes === 0) continue;
      samples.push({ node: index, pid, atMs: nowMs(), residentBytes });
    }
  }, EVERY_MS);
  return { samples, [Symbol.dispose]: () => clearInterval(timer) };
}

const EVERY_MS = 5_000;

/**
 * How the memory of the life that was watched longest went, once it had warmed up. The slopes are those
 * of all samples: one alone says what was used at that moment.
 */
export function memoryLines(samples: readonly MemorySample[]): string[] {
  const lives = [...Map.groupBy(samples, ({ pid }) => pid).values()];
  const [longest = []] = lives.toSorted((a, b) => b.length - a.length);
  const warm = longest.slice(Math.floor(longest.length * WARM_UP));
  const [first] = warm;
  const last = warm.at(-1);
  if (first === undefined || last === undefined) return [];
  const minutes = Math.round((last.atMs - first.atMs) / 60_000);
  if (minutes < LEAST_MINUTES) return [];
  const most = Math.max(...warm.map(({ residentBytes }) => residentBytes));
  const begin = warm.filter(({ atMs }) => atMs < first.atMs + STRETCH_MS);
  const end = warm.filter(({ atMs }) => atMs > last.atMs - STRETCH_MS);
  const lateHalf = warm.slice(Math.floor(warm.length / 2));
  return [
    `memory of node ${first.node} over ${minutes} minutes of one life: ` +
      `${megabytes(medianOf(begin))} in the first ten minutes, ${megabytes(medianOf(end))} in the last ten (medians), ` +
      `at most ${megabytes(most)} for a moment; slope ${slopeText(warm)}, of the last half ${slopeText(lateHalf)}`,
  ];
}

function medianOf(samples: readonly MemorySample[]): number {
  const sorted = samples.map(({ residentBytes }) => residentBytes).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** A scheduler returns what it does not need every ten minutes. */
const STRETCH_MS = 10 * 60_000;
const LEAST_MINUTES = 20;

/** The share of a life in which caches and compiled code come to be. */
const WARM_UP = 0.15;
const HOUR_MS = 3_600_000;
const MB = 1e6;

function slopeText(samples: readonly MemorySample[]): string {
  const points = samples.map(
    ({ atMs, residentBytes }) => [atMs / HOUR_MS, residentBytes / MB] as const,
  );
  return `${slopeOf(points).toFixed(1)} MB an hour`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / MB)} MB`;
}

/** Of the straight line with the least squared distance. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const up = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const along = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return up / along;
}
