import { errorMessage } from "../model/errors.ts";
import { sqlState } from "../store/connection.ts";
import type { FoundRows, Page } from "../store/pages.ts";
import type { Budget } from "./budget.ts";
import type { BuiltinContext } from "./contract.ts";
import { BATCH } from "./walk-pages.ts";

/** Rows of one kind that a clean-up finds and writes. */
export interface Sweep {
  /** One of them, and several: as messages call them. */
  nouns: readonly [one: string, several: string];
  find(page: Page): Promise<FoundRows>;
  /** Writes those that are still meant; returns how many. */
  write(keys: readonly string[]): Promise<number>;
}

/** What became of one sweep. */
export interface Swept {
  nouns: Sweep["nouns"];
  found: number;
  done: number;
  /** Rows that the database refuses to change. */
  failed: number;
  finished: boolean;
}

/**
 * Does the sweeps in turn, a page of each, so that none waits for the end of another, until all is
 * done or the time is up. What observes walks the same pages, and therefore counts the same rows.
 */
export async function sweepAll(
  sweeps: readonly Sweep[],
  context: Pick<BuiltinContext, "enforce" | "log"> & { budget: Budget },
): Promise<Swept[]> {
  const { budget } = context;
  const states = sweeps.map((sweep) => ({
    sweep,
    after: null as readonly string[] | null,
    swept: { nouns: sweep.nouns, found: 0, done: 0, failed: 0, finished: false },
  }));
  let open = states;
  while (open.length > 0 && !budget.isOver) {
    for (const state of open) {
      if (budget.isOver) break;
      const { sweep, after, swept } = state;
      const { keys, next } = await budget.batch(() => sweep.find({ after, limit: BATCH }));
      swept.found += keys.length;
      if (context.enforce && keys.length > 0) {
        const written = await budget.batch(() => writeAll(sweep, keys, context.log));
        swept.done += written.done;
        swept.failed += written.refused;
      }
      state.after = next;
      swept.finished = next === null;
    }
    open = open.filter(({ swept }) => !swept.finished);
  }
  return states.map(({ swept }) => swept);
}

/** Where rows of a batch may not be changed, because another table needs them, the others are. */
async function writeAll(
  sweep: Sweep,
  keys: readonly string[],
  log: BuiltinContext["log"],
): Promise<{ done: number; refused: number }> {
  try {
    return { done: await sweep.write(keys), refused: 0 };
  } catch (error) {
    if (!isRefused(error)) throw error;
    if (keys.length === 1) {
      log("warn", `${sweep.nouns[0]} ${keys[0]}: ${errorMessage(error)}`);
      return { done: 0, refused: 1 };
    }
  }
  const half = keys.length / 2;
  const first = await writeAll(sweep, keys.slice(0, half), log);
  const second = await writeAll(sweep, keys.slice(half), log);
  return { done: first.done + second.done, refused: first.refused + second.refused };
}

/** The class of errors by which a database keeps its own rules. */
function isRefused(error: unknown): boolean {
  return sqlState(error)?.startsWith("23") === true;
}
