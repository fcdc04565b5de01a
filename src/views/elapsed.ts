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

function twoDigits(count: number): string {
  return String(count).padStart(2, "0");
}
