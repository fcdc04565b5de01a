import type { OutputLine } from "./launcher-messages.ts";

const DELAY_MS = 50;
const BATCH_BYTES = 65_536;

/** Gathers lines, so that a chatty job costs one message in 50 ms and not one per line. */
export class LineBatch {
  readonly #send: (lines: OutputLine[], bytes: number) => void;
  #lines: OutputLine[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (lines: OutputLine[], bytes: number) => void) {
    this.#send = send;
  }

  add(lines: OutputLine[]): void {
    for (const line of lines) {
      this.#lines.push(line);
      this.#bytes += line.text.length + 80;
      if (this.#bytes >= BATCH_BYTES) this.flush();
    }
    if (this.#lines.length > 0) this.#timer ??= setTimeout(() => this.flush(), DELAY_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return;
    const [lines, bytes] = [this.#lines, this.#bytes];
    this.#lines = [];
    this.#bytes = 0;
    this.#send(lines, bytes);
  }
}
