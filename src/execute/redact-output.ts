import type { OutputLine, OutputStream } from "./launcher-messages.ts";
import { blank, findSecrets, needlesOf } from "./redact.ts";

/**
 * Redacts the output of a process, whose longest lines come in pieces: the end of a piece is held back
 * until the next one has come, because a value may stand across both.
 */
export class OutputRedactor {
  readonly #needles: string[];
  readonly #longest: number;
  readonly #held: Partial<Record<OutputStream, OutputLine>> = {};
  /** Something was left out before the next line of the stream. */
  readonly #cut: Partial<Record<OutputStream, boolean>> = {};

  constructor(secrets: readonly string[]) {
    this.#needles = needlesOf(secrets);
    this.#longest = Math.max(0, ...this.#needles.map((needle) => needle.length));
  }

  redact(lines: readonly OutputLine[]): OutputLine[] {
    if (this.#needles.length === 0) return [...lines];
    return lines.flatMap((line) => this.#redactLine(line));
  }

  /** What is held back and has no other part. */
  end(): OutputLine[] {
    return STREAMS.flatMap((stream) => {
      const held = this.#held[stream];
      delete this.#held[stream];
      if (held === undefined) return [];
      const text = blank(held.text, findSecrets(held.text, this.#needles, { end: true }));
      return [{ ...held, text }];
    });
  }

  #redactLine(line: OutputLine): OutputLine[] {
    if (line.gap === true) {
      const held = this.end();
      for (const stream of STREAMS) this.#cut[stream] = true;
      return [...held, line];
    }
    const { stream } = line;
    const held = this.#held[stream];
    delete this.#held[stream];
    const text = (held?.text ?? "") + line.text;
    const secrets = findSecrets(text, this.#needles, { start: this.#cut[stream] === true });
    delete this.#cut[stream];
    if (line.continues !== true) return [{ ...line, text: blank(text, secrets) }];
    const last = text.length - this.#longest + 1;
    const across = secrets.find(({ from, to }) => from < last && to > last);
    const edge = Math.max(0, across?.from ?? last);
    this.#held[stream] = { at: line.at, stream, text: text.slice(edge) };
    const shown = blank(
      text.slice(0, edge),
      secrets.filter(({ to }) => to <= edge),
    );
    return shown === "" ? [] : [{ at: line.at, stream, text: shown }];
  }
}

const STREAMS: readonly OutputStream[] = ["stdout", "stderr"];
