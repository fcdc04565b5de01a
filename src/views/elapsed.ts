/** A length of time as people say it: `64 ms`, `1.2 s`, `3m12s`, `2h05m`, `3d4h`. */
export function elapsedText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  const seconds = Math.floor(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes < 60) return `${minutes}m${twoDigits(seconds % 60)}s`;
  if (hours < 24) return `${hours}h${twoDigits(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${hours % 24}h`;
}

/** How long the last attempt took, and the whole run where that was more than this attempt. */
export function tookText({ duration_ms: last, elapsed_ms: whole }: Took): string | null {
  if (whole === null || whole === last) return last === null ? null : elapsedText(last);
  const inAll = `${elapsedText(whole)} in all`;
  return last === null ? inAll : `${elapsedText(last)} (${inAll})`;
}

/** Of an execution that ended, in ms. */
export interface Took {
  /** Its last attempt; null where that did not start, or not end. */
  duration_ms: number | null;
  /** From the start of its first attempt to its end, with what it waited in between. */
  elapsed_ms: number | null;
}

function twoDigits(count: number): string {
  return String(count).padStart(2, "0");
}
