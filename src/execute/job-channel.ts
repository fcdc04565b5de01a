import type { Duplex } from "node:stream";

/** A job that sends more in one message has broken the protocol. */
const MAX_MESSAGE_BYTES = 4 * 1_048_576;

/** What a job may send in a window; then it is not read before the next one. */
const WINDOW_MS = 100;
const WINDOW_MESSAGES = 2_000;
const WINDOW_BYTES = 4 * 1_048_576;

/**
 * The launcher's end of a job's channel: JSON, one message a line, in both directions. It is a
 * plain socket and not Node's own channel, because that one cannot be bounded: a job could fill
 * the memory of the launcher with a line that never ends.
 */
export class JobChannel {
  readonly #socket: Duplex;
  readonly #onMessage: (message: unknown, bytes: number) => void;
  #parts: Buffer[] = [];
  #partBytes = 0;
  #windowMessages = 0;
  #windowBytes = 0;
  #window: NodeJS.Timeout | undefined;
  #paused = false;
  #draining = false;

  constructor(socket: Duplex, onMessage: (message: unknown, bytes: number) => void) {
    this.#socket = socket;
    this.#onMessage = onMessage;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    // The other end may be gone at any time; its exit tells.
    socket.on("error", () => undefined);
  }

  send(message: unknown): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (!this.#overWindow()) this.#socket.resume();
  }

  /** Reads on without limit of rate: the job is over, and what it wrote last is still to come. */
  drain(): void {
    this.#draining = true;
    clearTimeout(this.#window);
    this.#socket.resume();
  }

  close(): void {
    clearTimeout(this.#window);
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      this.#deliver(Buffer.concat([...this.#parts, rest.subarray(0, end)]));
      this.#parts = [];
      this.#partBytes = 0;
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) this.#parts.push(rest);
    this.#partBytes += rest.length;
    if (this.#partBytes > MAX_MESSAGE_BYTES) return this.close();
    this.#limitRate(chunk.length);
  }

  #deliver(line: Buffer): void {
    this.#windowMessages += 1;
    let message: unknown;
    try {
      message = JSON.parse(line.toString("utf8"));
    } catch {
      // What is not JSON did not come from our host.
      return;
    }
    this.#onMessage(message, line.length);
  }

  #limitRate(bytes: number): void {
    if (this.#draining) return;
    this.#windowBytes += bytes;
    if (this.#overWindow()) this.#socket.pause();
    this.#window ??= setTimeout(() => this.#nextWindow(), WINDOW_MS);
  }

  #nextWindow(): void {
    this.#window = undefined;
    this.#windowMessages = 0;
    this.#windowBytes = 0;
    if (!this.#paused) this.#socket.resume();
  }

  #overWindow(): boolean {
    return this.#windowMessages > WINDOW_MESSAGES || this.#windowBytes > WINDOW_BYTES;
  }
}
