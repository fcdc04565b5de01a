// Proves at full size what docs/guarantees.md says of a long history: npm run prove:history
// [-- --rows 1000000] [--quick]. Ten million executions take some minutes to write, and 6 GB of disk.
import { proveBigHistory } from "./prove/big-history.ts";
import { runProofs, say, type Proof } from "./prove/proofs.ts";

const PROOFS: Record<string, Proof> = {
  history: async (t, { quick, rows: asked }) => {
    const full = { rows: asked ?? 10_000_000, pruneMs: 60_000 };
    const size = quick ? { rows: 100_000, pruneMs: 5_000 } : full;
    const { resting, pruning, pruned, megabytes } = await proveBigHistory(t, size);
    const rows = size.rows.toLocaleString("en");
    say(`100 jobs a second beside ${rows} executions: late by ${text(resting)}`);
    say(`the same while ${pruned.toLocaleString("en")} are pruned: late by ${text(pruning)}`);
    say(`table and indexes: ${megabytes.join(" MB, then ")} MB`);
    return resting.p99 <= 50 && pruning.p99 <= 250 && pruned > 0;
  },
};

await runProofs(PROOFS);

function text({ p50, p99, max }: { p50: number; p99: number; max: number }): string {
  const [middle, slow, worst] = [p50, p99, max].map(Math.round);
  return `${middle} ms (p50), ${slow} ms (p99), ${worst} ms at most`;
}
