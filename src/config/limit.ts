import type { Finding } from "./place.ts";

/** Findings of one rule that are shown in one file: nobody reads more before mending some. */
export const MAX_SHOWN = 100;

/**
 * The first findings of each rule, and one that counts the others, in their order. Of very many, not
 * all may have been collected.
 */
export function limitFindings<Kind extends Finding>(findings: readonly Kind[]): Kind[] {
  const counts = new Map<string, number>();
  for (const { rule } of findings) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  const seen = new Map<string, number>();
  return findings.flatMap((finding) => {
    const { rule } = finding;
    const index = seen.get(rule) ?? 0;
    seen.set(rule, index + 1);
    const more = (counts.get(rule) ?? 0) - MAX_SHOWN;
    // One more is no more to read than the count of it would be.
    if (index < MAX_SHOWN || more === 1) return [finding];
    if (index > MAX_SHOWN) return [];
    const message = `this and what is below make ${more} or more further findings of this kind`;
    return [{ ...finding, message, help: "mend those above first" }];
  });
}
