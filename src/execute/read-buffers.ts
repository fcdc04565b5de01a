/** Bytes after which the buffers that pipes were read into are given back. */
const COLLECT_BYTES = 2 * 1_048_576;

let readBytes = 0;

/**
 * Counts what was read from pipes. Node reads into a new buffer each time and V8 lets some sixty
 * megabytes of dead ones pile up, more than the launcher itself takes. A collection of the young
 * generation takes less than a millisecond in a process this small; without `--expose-gc` it is
 * left to V8.
 */
export function countRead(bytes: number): void {
  readBytes += bytes;
  if (readBytes < COLLECT_BYTES) return;
  readBytes = 0;
  globalThis.gc?.({ type: "minor", execution: "sync" });
}
