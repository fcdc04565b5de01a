import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What the heap may grow by, in bytes, before it is asked to shrink at once, or when its time comes. */
const MUCH = 32 * 2 ** 20;
const LITTLE = 8 * 2 ** 20;

/** A collection of a small heap takes some 20 ms: nothing beside so long a time. */
const EVERY_MS = 5 * 60_000;

/** What the heap held when it was last asked; at first about that of a scheduler without jobs. */
let settled = MUCH;

/**
 * Returns memory to the system where the heap has grown much since the last call. To read and apply ten
 * thousand jobs takes a hundred megabytes for seconds, which the engine would keep for ever: a process
 * that then hardly allocates gives it no reason to shrink. Takes a tenth of a second, in which nothing
 * else of this process moves, and is hence only for the end of such work.
 */
export function giveBackMemory(): void {
  if (grownBytes() < MUCH) return;
  void collect({ type: "major", execution: "sync", flavor: "last-resort" });
  settled = heldBytes();
}

/**
 * Collects from time to time what little the heap grew by. The engine would wait until it has grown
 * several times as large, which takes a scheduler hours: whoever watches that takes it for a leak.
 */
export function startGivingBack({ everyMs = EVERY_MS }: { everyMs?: number } = {}): Disposable {
  const timer = setInterval(() => void giveBackLittle(), everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

async function giveBackLittle(): Promise<void> {
  if (grownBytes() < LITTLE) return;
  await collect({ type: "major", execution: "async" });
  settled = heldBytes();
}

function heldBytes(): number {
  return getHeapStatistics().total_heap_size;
}

function grownBytes(): number {
  return heldBytes() - settled;
}

interface Collection {
  type: "major";
  execution: "sync" | "async";
  flavor?: "last-resort";
}

type Collector = (options: Collection) => Promise<void> | void;

function collect(options: Collection): Promise<void> | void {
  collector ??= findCollector();
  return collector(options);
}

let collector: Collector | null = null;

/** The engine's own function, which is seen only in contexts that are made after its flag is set. */
function findCollector(): Collector {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("gc");
  return isCollector(found) ? found : () => undefined;
}

function isCollector(found: unknown): found is Collector {
  return typeof found === "function";
}
