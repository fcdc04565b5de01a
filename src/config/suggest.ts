import leven from "leven";

/** The candidate that `word` was probably meant to be, or null. `-`, `_` and case count for nothing. */
export function closest(word: string, candidates: Iterable<string>): string | null {
  if (word.length > LONGEST_WORD) return null;
  const wanted = plain(word);
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const distance = leven(wanted, plain(candidate), { maxDistance: 10 });
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  if (best === null) return null;
  // A third of the letters may differ; more would suggest a stranger.
  const allowed = Math.max(1, Math.floor(Math.max(word.length, best.length) / 3));
  return bestDistance <= allowed ? best : null;
}

/** No name that people choose is longer, and the distance of long texts takes long to compute. */
const LONGEST_WORD = 200;

function plain(word: string): string {
  return word.toLowerCase().replaceAll("_", "-");
}

/** ``did you mean `x`?``, or the first of what there is when nothing is near; null for nothing. */
export function didYouMean(word: string, candidates: string[], listed: string): string | null {
  const near = closest(word, candidates);
  if (near !== null) return `did you mean \`${near}\`?`;
  if (candidates.length === 0) return null;
  const more = candidates.length > LISTED ? ", …" : "";
  return `${listed}: ${candidates.slice(0, LISTED).join(", ")}${more}`;
}

const LISTED = 24;
