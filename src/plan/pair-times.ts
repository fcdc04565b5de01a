/** The times that are still without a partner, oldest first. */
interface Unpaired {
  gone: readonly number[];
  come: readonly number[];
}

/** What two rounds leave is irregular, and no round changes much of it. */
const ROUNDS = 4;

/**
 * Pairs times that went with times that came, oldest first: two are a pair when each is the
 * other's nearest and they are at most `nearMs` apart. Of two that are equally near, a time moves
 * to the later one. Those that such pairs leave are looked at again.
 */
export function nearestPairs(
  gone: readonly number[],
  come: readonly number[],
  nearMs: number,
): [goneMs: number, comeMs: number][] {
  const pairs: [number, number][] = [];
  let left: Unpaired = { gone, come };
  for (let round = 0; round < ROUNDS; round += 1) {
    const countBefore = pairs.length;
    left = pairOnce(left, nearMs, pairs);
    if (pairs.length === countBefore || left.gone.length === 0 || left.come.length === 0) break;
  }
  return pairs.sort(([one], [other]) => one - other);
}

function pairOnce(
  { gone, come }: Unpaired,
  nearMs: number,
  pairs: [goneMs: number, comeMs: number][],
): Unpaired {
  const forward = nearestIndexes(gone, come, "later");
  const back = nearestIndexes(come, gone, "earlier");
  const goneLeft: number[] = [];
  const paired = new Set<number>();
  for (const [index, goneMs] of gone.entries()) {
    const partner = forward[index] ?? -1;
    const comeMs = come[partner];
    if (comeMs === undefined || back[partner] !== index || Math.abs(comeMs - goneMs) > nearMs) {
      goneLeft.push(goneMs);
      continue;
    }
    pairs.push([goneMs, comeMs]);
    paired.add(partner);
  }
  return { gone: goneLeft, come: come.filter((_, index) => !paired.has(index)) };
}

/** For each of `times` the index of the nearest of `others`; both are sorted. */
function nearestIndexes(
  times: readonly number[],
  others: readonly number[],
  whenEqual: "earlier" | "later",
): number[] {
  let index = 0;
  return times.map((timeMs) => {
    for (;;) {
      const here = others[index];
      const next = others[index + 1];
      if (here === undefined || next === undefined) return index;
      const hereMs = Math.abs(here - timeMs);
      const nextMs = Math.abs(next - timeMs);
      if (nextMs > hereMs || (nextMs === hereMs && whenEqual === "earlier")) return index;
      index += 1;
    }
  });
}
