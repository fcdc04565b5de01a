import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What the heap may grow by, in bytes, before it is asked to shrink at once. */
const MUCH = 32 * 2 ** 20;

/** What it may grow to, as a multiple of what it held then, before it is asked when its time comes. */
const LITTLE = 1.2;
const EVERY_MS = 10 * 60_000;

/** What the heap held when it was last asked; null: it was not yet. */
let settled: number | null = null;

/** About what that of a scheduler without jobs holds. */
const LEAST = 32 * 2 ** 20;

/**
 * Returns memory to the system where the heap has grown much since the last call. To read and apply ten
 * thousand jobs takes a hundred megabytes for seconds, which the engine would keep for ever: a process
 * that then hardly allocates gives it no reason to shrink. Takes a tenth of a second, in which nothing
 * else of this process moves, and is hence only for the end of such work.
 */
export function giveBackMemory(): void {
  if (heldBytes() >= (settled ?? LEAST) + MUCH) shrink();
}

/**
 * Returns from time to time what little the heap grew by. The engine keeps the pages that a collection
 * empties, and code that ran once, for hours: whoever watches that takes it for a leak. Takes a tenth of
 * a second, too, and is for a process that is ours alone.
 */
export function startGivingBack({ everyMs = EVERY_MS }: { everyMs?: number } = {}): Disposable {
  const timer = setInterval(() => {
    if (heldBytes() >= (settled ?? 0) * LITTLE) shrink();
  }, everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** A collection of the usual kind empties pages, and keeps them. */
function shrink(): void {
  collector ??= findCollector();
  collector({ type: "major", execution: "sync", flavor: "last-resort" });
  settled = heldBytes();
}

function heldBytes(): number {
  return getHeapStatistics().total_heap_size;
}

interface Collection {
  type: "major";
  execution: "sync";
  flavor: "last-resort";
}

let collector: ((options: Collection) => void) | null = null;

/** The engine's own function, which is seen only in contexts that are made after its flag is set. */
function findCollector(): (options: Collection) => void {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("gc");
  return typeof found === "function" ? (options) => void found(options) : () => undefined;
}
