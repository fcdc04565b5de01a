import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What the heap may grow by, in bytes, before it is asked to shrink. */
const MUCH = 32 * 2 ** 20;

/** What the heap held when it was last asked; at first about that of a scheduler without jobs. */
let settled = MUCH;

/**
 * Returns memory to the system where the heap has grown much since the last call. To read and apply ten
 * thousand jobs takes a hundred megabytes for seconds, which the engine would keep for ever: a process
 * that then hardly allocates gives it no reason to shrink. Takes a tenth of a second, in which nothing
 * else of this process moves, and is hence only for the end of such work.
 */
export function giveBackMemory(): void {
  if (getHeapStatistics().total_heap_size < settled + MUCH) return;
  collect ??= findCollector();
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
  settled = getHeapStatistics().total_heap_size;
}

type Collector = (options: { type: "major"; execution: "sync"; flavor: "last-resort" }) => void;

let collect: Collector | null = null;

/** The engine's own function, which is seen only in contexts that are made after its flag is set. */
function findCollector(): Collector {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("gc");
  return typeof found === "function" ? (options) => void found(options) : () => undefined;
}
