import { styleText } from "node:util";
import type { Paint } from "../views/paint.ts";

/** Where a command speaks: results on `out`, messages on `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  outColor: Paint;
  errColor: Paint;
  /** Columns of the terminal of `out`; 100 where there is none. */
  width: number;
}

const DEFAULT_WIDTH = 100;

/** The streams of this process; colour is for terminals whose owner wants it. */
export function openTerminal(options: { color: boolean }): Terminal {
  const { stdout, stderr } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    outColor: paintFor(options.color && wantsColor(stdout)),
    errColor: paintFor(options.color && wantsColor(stderr)),
    width: stdout.columns ?? DEFAULT_WIDTH,
  };
}

function wantsColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, TERM } = process.env;
  return stream.isTTY && !NO_COLOR && TERM !== "dumb";
}

function paintFor(colored: boolean): Paint {
  if (!colored) return (_style, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}
