import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** A folder and those above it, up to `last` where it is one of them, else to the top of all. */
export function* upward(from: string, last: string | null = null): Generator<string> {
  for (let folder = from; ; folder = dirname(folder)) {
    yield folder;
    if (folder === last || folder === dirname(folder)) return;
  }
}

/** The nearest folder at or above this one that holds `.git`; null outside of a checkout. */
export function checkoutAbove(folder: string): string | null {
  return upward(folder).find(isCheckout) ?? null;
}

/** A worktree and a submodule have a file `.git`, a clone has a directory. */
function isCheckout(folder: string): boolean {
  return existsSync(join(folder, ".git"));
}
