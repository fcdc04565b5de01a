import { createHash } from "node:crypto";
import {
  invalidArchive,
  parseHeader,
  parseLine,
  type ArchiveHeader,
  type ArchiveLine,
} from "./archive-format.ts";
import { countLines } from "./archive-write.ts";

const LINE_FEED = 10;
const TERMINATOR = Buffer.from("\\.\n");
/** The same after the row before it. */
const TERMINATOR_AFTER_ROW = Buffer.from("\n\\.\n");
/** No line that is not a row is longer. */
const MAX_LINE_BYTES = 4 * 1_024 * 1_024;

/** Reads an export from its bytes, front to back, with no more in memory than a few pieces. */
export class ArchiveReader {
  readonly #pieces: AsyncIterator<Buffer>;
  readonly #hash = createHash("sha256");
  #buffer: Buffer = Buffer.alloc(0);
  #hashOfLinesBefore = "";

  constructor(pieces: AsyncIterable<Buffer>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  async header(): Promise<ArchiveHeader> {
    return parseHeader(await this.#line());
  }

  /** The next line that is not a row; the rows of a table must be read before. */
  async next(): Promise<ArchiveLine> {
    return parseLine(await this.#line());
  }

  /** The sha256 of everything before the line that was read last. */
  get hashBefore(): string {
    return this.#hashOfLinesBefore;
  }

  /** The rows of the table that the line before named; `onRows` learns how many came. */
  async *rows(onRows: (count: number) => void): AsyncGenerator<Buffer> {
    for (;;) {
      const buffer = this.#buffer;
      if (buffer.subarray(0, TERMINATOR.length).equals(TERMINATOR)) {
        this.#take(TERMINATOR.length);
        return;
      }
      const last = buffer.indexOf(TERMINATOR_AFTER_ROW);
      const end = (last < 0 ? buffer.lastIndexOf(LINE_FEED) : last) + 1;
      if (end === 0) {
        await this.#read();
        continue;
      }
      const rows = this.#take(end);
      onRows(countLines(rows));
      yield rows;
    }
  }

  /** @throws SchedulerError `export_invalid` when something follows */
  async finish(): Promise<void> {
    const more = this.#buffer.length > 0 || (await this.#pieces.next()).done !== true;
    if (more) throw invalidArchive("something follows its last line");
  }

  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #line(): Promise<string> {
    let end = this.#buffer.indexOf(LINE_FEED);
    while (end < 0) {
      if (this.#buffer.length > MAX_LINE_BYTES) throw invalidArchive("a line in it is too long");
      await this.#read();
      end = this.#buffer.indexOf(LINE_FEED);
    }
    this.#hashOfLinesBefore = this.#hash.copy().digest("hex");
    return this.#take(end + 1).toString("utf8");
  }

  #take(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length);
    this.#hash.update(taken);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  async #read(): Promise<void> {
    const { value, done } = await this.#pieces.next();
    if (done === true) throw invalidArchive("it ends in the middle");
    this.#buffer = Buffer.concat([this.#buffer, value]);
  }
}
