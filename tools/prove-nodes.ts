// Proves at full size what docs/guarantees.md says of many nodes and many saves: npm run prove:nodes
// [-- --only starts,saves] [--quick]. The quick sizes are those of the tests.
import { parseArgs } from "node:util";
import type { Cleanup } from "../test/helpers/database.ts";
import { globalSetup, globalTeardown } from "../test/helpers/global-setup.ts";
import { proveSaves } from "./prove/saves.ts";
import { proveStarts } from "./prove/starts.ts";

/** A proof prints what it found; false: what is promised did not hold. */
type Proof = (t: Cleanup, quick: boolean) => Promise<boolean>;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const PROOFS: Record<string, Proof> = {
  starts: async (t, quick) => {
    const found = await proveStarts(t, { rounds: quick ? 1 : 50, nodes: 5 });
    const seconds = Math.round(found.tookMs / 1_000);
    const { revisions, migrations } = found;
    say(`${revisions.length} × 5 nodes at once on an empty database in ${seconds} s`);
    return [...revisions, ...migrations].every((count) => count === 1);
  },
  saves: async (t, quick) => {
    const size = quick ? { saves: 100, withinMs: 1_000 } : { saves: 1_000, withinMs: 10_000 };
    const found = await proveSaves(t, size);
    const ms = Math.round(found.inForceMs);
    say(
      `${found.saves} saves: the last in force after ${ms} ms, ${found.revisions} revisions, ${found.torn} torn`,
    );
    return found.inForceMs <= 2_000 && found.torn === 0;
  },
};

const { values } = parseArgs({
  options: { only: { type: "string" }, quick: { type: "boolean", default: false } },
});
await globalSetup();
for (const name of values.only?.split(",") ?? Object.keys(PROOFS)) {
  await using cleanup = new AsyncDisposableStack();
  const holds = await PROOFS[name]?.({ after: (clean) => cleanup.defer(clean) }, values.quick);
  say(`${name}: ${holds === true ? "holds" : "DOES NOT HOLD"}\n`);
  if (holds !== true) process.exitCode = 1;
}
await globalTeardown();
// Else the test runner, whose helpers are used, would print that it had no tests.
process.exit();
