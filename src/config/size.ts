/** The bytes of `256MB` or `1MiB`, or null when the text is not a size. */
export function parseSize(text: string): number | null {
  const match = /^([1-9]\d*)(B|kB|KB|KiB|MB|MiB|GB|GiB)$/.exec(text);
  if (match === null) return null;
  const [, count = "", unit = ""] = match;
  const bytes = Number(count) * (UNITS[unit] ?? Number.NaN);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

const UNITS: Record<string, number> = {
  B: 1,
  kB: 1_000,
  KB: 1_000,
  KiB: 1_024,
  MB: 1_000_000,
  MiB: 1_048_576,
  GB: 1_000_000_000,
  GiB: 1_073_741_824,
};
