import type { Page } from "../store/pages.ts";
import type { Budget } from "./budget.ts";

/** Rows that one statement looks at or writes. */
export const BATCH = 1_000;

/** Reads page by page until there is nothing behind the last one, or the time is up. */
export async function* walkPages<Found extends { next: readonly string[] | null }>(
  budget: Budget,
  find: (page: Page) => Promise<Found>,
): AsyncGenerator<Found, void> {
  let after: Page["after"] = null;
  while (!budget.isOver) {
    const page: Page = { after, limit: BATCH };
    const found = await budget.batch(() => find(page));
    yield found;
    if (found.next === null) return;
    after = found.next;
  }
}
