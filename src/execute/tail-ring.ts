import type { OutputStream } from "./launcher-messages.ts";

/** Raw output in the order in which it came. */
export interface TailChunk {
  at: string;
  stream: OutputStream;
  bytes: Buffer;
}

/** A stretch of one stream; places count every byte that ever came. */
interface Stretch {
  at: string;
  stream: OutputStream;
  start: number;
  end: number;
}

/** What a stretch costs beside its bytes. */
const STRETCH_OVERHEAD_BYTES = 128;

/** Small writes of one stream are gathered in stretches of this size. */
const STRETCH_BYTES = 4_096;

/**
 * The last bytes of a long output, copied into one block that is used round and round: what was read
 * is free again at once, so that a gigabyte costs no more than copying it.
 */
export class TailRing {
  readonly #block: Buffer;
  #stretches: Stretch[] = [];
  #first = 0;
  #end = 0;

  constructor(capacityBytes: number) {
    this.#block = Buffer.alloc(capacityBytes);
  }

  /** Bytes that came and are not kept any more. */
  get droppedBytes(): number {
    return this.#stretches[this.#first]?.start ?? this.#end;
  }

  push(chunk: TailChunk): void {
    if (chunk.bytes.length === 0) return;
    this.#copy(chunk.bytes);
    this.#append(chunk);
    this.#dropOld();
  }

  chunks(): TailChunk[] {
    return this.#stretches.slice(this.#first).map(({ at, stream, start, end }) => ({
      at,
      stream,
      bytes: this.#bytesOf(start, end),
    }));
  }

  #copy(bytes: Buffer): void {
    const kept = bytes.subarray(Math.max(0, bytes.length - this.#block.length));
    const place = (this.#end + bytes.length - kept.length) % this.#block.length;
    const copied = kept.copy(this.#block, place);
    kept.copy(this.#block, 0, copied);
    this.#end += bytes.length;
  }

  #append({ at, stream, bytes }: TailChunk): void {
    const start = this.#end - bytes.length;
    const last = this.#stretches.at(-1);
    if (last?.stream === stream && this.#end - last.start <= STRETCH_BYTES) last.end = this.#end;
    else this.#stretches.push({ at, stream, start, end: this.#end });
  }

  #dropOld(): void {
    const oldest = this.#end - this.#block.length;
    for (let first = this.#stretches[this.#first]; first !== undefined;) {
      const count = this.#stretches.length - this.#first;
      const cost = this.#end - first.start + count * STRETCH_OVERHEAD_BYTES;
      if (count === 1 || (first.end > oldest && cost <= this.#block.length)) {
        first.start = Math.max(first.start, oldest);
        break;
      }
      this.#first += 1;
      first = this.#stretches[this.#first];
    }
    // What is dropped must be given back soon, and the array not be moved for each of them.
    if (this.#first > 16 && this.#first * 2 > this.#stretches.length) {
      this.#stretches = this.#stretches.slice(this.#first);
      this.#first = 0;
    }
  }

  #bytesOf(start: number, end: number): Buffer {
    const size = this.#block.length;
    const [from, to] = [start % size, end % size];
    if (from < to) return this.#block.subarray(from, to);
    return Buffer.concat([this.#block.subarray(from), this.#block.subarray(0, to)]);
  }
}
