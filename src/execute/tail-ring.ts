import type { OutputStream } from "./launcher-messages.ts";

/** Raw output in the order in which it came. */
export interface TailChunk {
  at: string;
  stream: OutputStream;
  bytes: Buffer;
}

/** What an entry costs beside its bytes. */
const CHUNK_OVERHEAD_BYTES = 128;

/** Small writes of one stream are gathered in blocks of this size. */
const BLOCK_BYTES = 4_096;

/**
 * The last bytes of a long output. It holds bytes, not lines, so that a gigabyte costs no more
 * than copying what is small and dropping what is old.
 */
export class TailRing {
  readonly #limitBytes: number;
  #entries: (TailChunk & { block: Buffer | null })[] = [];
  #first = 0;
  #costBytes = 0;
  /** Bytes that were dropped. */
  droppedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  push(chunk: TailChunk): void {
    if (chunk.bytes.length === 0) return;
    if (!this.#appendToLast(chunk)) this.#add(chunk);
    this.#dropOld();
  }

  chunks(): TailChunk[] {
    return this.#entries.slice(this.#first);
  }

  #appendToLast(chunk: TailChunk): boolean {
    const last = this.#entries.at(-1);
    if (last === undefined || last.stream !== chunk.stream || last.block === null) return false;
    const used = last.bytes.length;
    if (used + chunk.bytes.length > last.block.length) return false;
    chunk.bytes.copy(last.block, used);
    last.bytes = last.block.subarray(0, used + chunk.bytes.length);
    this.#costBytes += chunk.bytes.length;
    return true;
  }

  #add(chunk: TailChunk): void {
    // A small chunk would keep the whole buffer alive that it was read into.
    const small = chunk.bytes.length < BLOCK_BYTES / 2;
    const block = small ? Buffer.alloc(BLOCK_BYTES) : null;
    if (block !== null) chunk.bytes.copy(block);
    const bytes = block === null ? chunk.bytes : block.subarray(0, chunk.bytes.length);
    this.#entries.push({ ...chunk, bytes, block });
    this.#costBytes += chunk.bytes.length + CHUNK_OVERHEAD_BYTES;
  }

  #dropOld(): void {
    for (let entry = this.#entries[this.#first]; entry !== undefined;) {
      const cost = entry.bytes.length + CHUNK_OVERHEAD_BYTES;
      if (this.#costBytes - cost < this.#limitBytes) break;
      this.#costBytes -= cost;
      this.droppedBytes += entry.bytes.length;
      this.#first += 1;
      entry = this.#entries[this.#first];
    }
    // What is dropped must be given back soon, and the array not be moved for each of them.
    if (this.#first > 16 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }
}
