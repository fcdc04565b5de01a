import type { LogLine } from "../model/execution.ts";

/** What a line costs beside its text. */
const LINE_OVERHEAD = 64;

/**
 * The lines that a job logs, bounded like its output: the first half of the limit is handed on as
 * it comes, of the rest the last half is kept and handed on at the end, after a line that says how
 * many were left out.
 */
export class BoundedLog {
  readonly #half: number;
  readonly #emit: (lines: LogLine[]) => void;
  #headCost = 0;
  #tail: { line: LogLine; cost: number }[] = [];
  #tailStart = 0;
  #tailCost = 0;
  #leftOut = 0;
  #headClosed = false;

  constructor(limitBytes: number, emit: (lines: LogLine[]) => void) {
    this.#half = Math.floor(limitBytes / 2);
    this.#emit = emit;
  }

  add(line: LogLine): void {
    const metadata = line.metadata === null ? 0 : JSON.stringify(line.metadata).length;
    const cost = line.message.length + metadata + LINE_OVERHEAD;
    this.#headClosed ||= this.#headCost + cost > this.#half;
    if (this.#headClosed) return this.#addToTail(line, cost);
    this.#headCost += cost;
    this.#emit([line]);
  }

  end(): void {
    const lines = this.#tail.slice(this.#tailStart).map((entry) => entry.line);
    this.#tail = [];
    const [first] = lines;
    if (this.#leftOut > 0) {
      const message = `… ${this.#leftOut} lines of the log left out …`;
      const at = first?.at ?? new Date().toISOString();
      lines.unshift({ at, level: "warn", module: "job", message, metadata: null });
    }
    if (lines.length > 0) this.#emit(lines);
  }

  #addToTail(line: LogLine, cost: number): void {
    this.#tail.push({ line, cost });
    this.#tailCost += cost;
    while (this.#tailCost > this.#half && this.#tailStart < this.#tail.length) {
      this.#tailCost -= this.#tail[this.#tailStart]?.cost ?? 0;
      this.#tailStart += 1;
      this.#leftOut += 1;
    }
    // What is left out must be given back soon, and the array not be moved for each line.
    if (this.#tailStart < 16 || this.#tailStart * 2 < this.#tail.length) return;
    this.#tail = this.#tail.slice(this.#tailStart);
    this.#tailStart = 0;
  }
}
