import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What the heap may grow by, in bytes, before it is asked to shrink at once. */
const MUCH = 32 * 2 ** 20;

/** What it may grow by before it is asked when its time comes, which it does in a few ms. */
const LITTLE = 8 * 2 ** 20;
const EVERY_MS = 5 * 60_000;

/** What the heap held when much was returned last; at first about that of a scheduler without jobs. */
let settled = MUCH;

/**
 * Returns memory to the system where the heap has grown much since the last call. To read and apply ten
 * thousand jobs takes a hundred megabytes for seconds, which the engine would keep for ever: a process
 * that then hardly allocates gives it no reason to shrink. Takes a tenth of a second, in which nothing
 * else of this process moves, and is hence only for the end of such work.
 */
export function giveBackMemory(): void {
  if (heldBytes() < settled + MUCH) return;
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
  settled = heldBytes();
}

/**
 * Collects from time to time what little the heap grew by. The engine would wait until it has grown
 * several times as large, which takes a scheduler hours: whoever watches that takes it for a leak. For
 * a process that is ours alone.
 */
export function startGivingBack({ everyMs = EVERY_MS }: { everyMs?: number } = {}): Disposable {
  let collected = heldBytes();
  const timer = setInterval(() => {
    if (heldBytes() < collected + LITTLE) return;
    collect({ type: "major", execution: "sync" });
    collected = heldBytes();
  }, everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function heldBytes(): number {
  return getHeapStatistics().total_heap_size;
}

interface Collection {
  type: "major";
  execution: "sync";
  flavor?: "last-resort";
}

function collect(options: Collection): void {
  collector ??= findCollector();
  collector(options);
}

let collector: ((options: Collection) => void) | null = null;

/** The engine's own function, which is seen only in contexts that are made after its flag is set. */
function findCollector(): (options: Collection) => void {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("gc");
  return typeof found === "function" ? (options) => void found(options) : () => undefined;
}
