import type { OutputLine, OutputStream } from "./launcher-messages.ts";
import { CUT_MARK } from "./launcher-messages.ts";
import { TailRing } from "./tail-ring.ts";
import { lineEnd, lineText, MAX_LINE_BYTES, takeLine } from "./take-line.ts";
import type { TakenLine } from "./take-line.ts";

/** What a line costs beside its bytes, so that a million empty lines are not free. */
const LINE_OVERHEAD_BYTES = 64;

/** Lines and bytes of the end of the output that go into the text of an error. */
const RECENT_LINES = 20;
const RECENT_BYTES = 8_192;

/** A limit that is beyond all memory must not end the launcher, and with it the other jobs. */
const MAX_TAIL_BYTES = 256 * 1_048_576;

/**
 * The output of one attempt, bounded: the lines of the first half of the limit are handed on as
 * they come; of the rest only the last half is kept, and handed on at the end, after a line that
 * says how much was left out.
 */
export class OutputCapture {
  readonly #halfBytes: number;
  readonly #emit: (lines: OutputLine[]) => void;
  #rest: Record<OutputStream, Buffer> = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  #recent: Record<OutputStream, string[]> = { stdout: [], stderr: [] };
  #continues: Record<OutputStream, boolean> = { stdout: false, stderr: false };
  #headBytes = 0;
  /** Null while the head is open. */
  #tail: TailRing | null = null;

  constructor(limitBytes: number, emit: (lines: OutputLine[]) => void) {
    this.#halfBytes = Math.floor(limitBytes / 2);
    this.#emit = emit;
  }

  write(stream: OutputStream, bytes: Buffer): void {
    const at = new Date().toISOString();
    if (this.#tail !== null) return this.#tail.push({ at, stream, bytes });
    const lines: OutputLine[] = [];
    let rest = this.#rest[stream].length === 0 ? bytes : Buffer.concat([this.#rest[stream], bytes]);
    for (let line = takeLine(rest); line !== null; line = takeLine(rest)) {
      const cost = line.bytes + LINE_OVERHEAD_BYTES;
      if (this.#headBytes + cost > this.#halfBytes) {
        this.#handOn(lines);
        this.#rest[stream] = rest;
        return this.#closeHead(at);
      }
      this.#headBytes += cost;
      lines.push({ at, stream, ...textOf(line) });
      rest = rest.subarray(line.bytes);
    }
    // A copy, because the rest would keep the whole buffer alive that it was read into.
    this.#rest[stream] = Buffer.from(rest);
    this.#handOn(lines);
  }

  /** Hands on what is left. */
  end(): void {
    const at = new Date().toISOString();
    if (this.#tail === null) return this.#handOn(this.#restLines(at).map(({ line }) => line));
    const { droppedBytes } = this.#tail;
    const { lines, cutBytes } = this.#tailLines(this.#tail, at);
    const leftOut = droppedBytes + cutBytes;
    if (leftOut > 0) {
      const text = `… ${leftOut} bytes of output left out …`;
      this.#emit([{ at: lines[0]?.at ?? at, stream: "stderr", text, gap: true }]);
    }
    if (lines.length > 0) this.#emit(lines);
  }

  /** The last lines of stderr, or of stdout where stderr was silent. */
  recentLines(): string[] {
    const lines = this.#recent.stderr.length > 0 ? this.#recent.stderr : this.#recent.stdout;
    const last = lines.at(-1) ?? "";
    if (last.length > RECENT_BYTES) return [CUT_MARK + last.slice(-RECENT_BYTES)];
    let bytes = 0;
    const fitting = lines.toReversed().filter((line) => (bytes += line.length) <= RECENT_BYTES);
    return fitting.toReversed();
  }

  #handOn(lines: OutputLine[]): void {
    for (const line of lines.slice(-1_000)) this.#remember(line);
    if (lines.length > 0) this.#emit(lines);
  }

  #remember({ stream, text, continues }: OutputLine): void {
    const recent = this.#recent[stream];
    recent.push(this.#continues[stream] ? CUT_MARK + text : text);
    this.#continues[stream] = continues === true;
    if (recent.length > RECENT_LINES) recent.shift();
  }

  #closeHead(at: string): void {
    // One line more than is kept, because the oldest is cut somewhere.
    this.#tail = new TailRing(Math.min(this.#halfBytes, MAX_TAIL_BYTES) + MAX_LINE_BYTES);
    for (const stream of STREAMS) {
      this.#tail.push({ at, stream, bytes: this.#rest[stream] });
      this.#rest[stream] = Buffer.alloc(0);
    }
  }

  /** The last lines that fit; those before them go as they are read, however many they are. */
  #tailLines(tail: TailRing, endAt: string): { lines: OutputLine[]; cutBytes: number } {
    const kept = new LastLines(this.#halfBytes);
    const keep = ({ line, bytes }: ReadLine): void => {
      this.#remember(line);
      kept.add(line, bytes);
    };
    // What is left of each stream may begin within a line.
    if (tail.droppedBytes > 0) this.#continues = { stdout: true, stderr: true };
    for (const { at, stream, bytes } of tail.chunks()) {
      let rest = Buffer.concat([this.#rest[stream], bytes]);
      for (let line = takeLine(rest); line !== null; line = takeLine(rest)) {
        keep({ line: { at, stream, ...textOf(line) }, bytes: rest.subarray(0, line.bytes) });
        rest = rest.subarray(line.bytes);
      }
      this.#rest[stream] = rest;
    }
    for (const line of this.#restLines(endAt)) keep(line);
    return { lines: kept.lines(), cutBytes: kept.cutBytes };
  }

  /** What came after the last newline. */
  #restLines(at: string): ReadLine[] {
    return STREAMS.filter((stream) => this.#rest[stream].length > 0).map((stream) => {
      const bytes = this.#rest[stream];
      this.#rest[stream] = Buffer.alloc(0);
      return { line: { at, stream, text: lineText(bytes) }, bytes };
    });
  }
}

function textOf({ text, continues }: TakenLine): Pick<OutputLine, "text" | "continues"> {
  return continues === true ? { text, continues } : { text };
}

/** A line with the bytes that it was read from, its newline included. */
interface ReadLine {
  line: OutputLine;
  bytes: Buffer;
}

/** Lines within a limit of bytes, the oldest of which give way; of one that is longer the end is kept. */
class LastLines {
  readonly #limitBytes: number;
  #entries: { line: OutputLine; bytes: number }[] = [];
  #first = 0;
  #costBytes = 0;
  cutBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  add(line: OutputLine, bytes: Buffer): void {
    const end = lineEnd(bytes, this.#limitBytes - LINE_OVERHEAD_BYTES);
    const whole = end.length === bytes.length;
    this.#entries.push({
      line: whole ? line : { ...line, text: lineText(end) },
      bytes: end.length,
    });
    this.cutBytes += bytes.length - end.length;
    this.#costBytes += end.length + LINE_OVERHEAD_BYTES;
    for (; this.#costBytes > this.#limitBytes; this.#first += 1) {
      const cut = this.#entries[this.#first]?.bytes ?? 0;
      this.#costBytes -= cut + LINE_OVERHEAD_BYTES;
      this.cutBytes += cut;
    }
    if (this.#first < 1_024 || this.#first * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }

  lines(): OutputLine[] {
    return this.#entries.slice(this.#first).map(({ line }) => line);
  }
}

const STREAMS: readonly OutputStream[] = ["stdout", "stderr"];
