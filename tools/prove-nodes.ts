// Proves at full size what docs/guarantees.md says of many nodes and many saves: npm run prove:nodes
// [-- --only starts,saves,cuts] [--quick]. The quick sizes are those of the tests.
import { runProofs, say, type Proof } from "./prove/proofs.ts";
import { proveCuts } from "./prove/cuts.ts";
import { proveSaves } from "./prove/saves.ts";
import { proveStarts } from "./prove/starts.ts";

const PROOFS: Record<string, Proof> = {
  starts: async (t, { quick }) => {
    const found = await proveStarts(t, { rounds: quick ? 1 : 50, nodes: 5 });
    const seconds = Math.round(found.tookMs / 1_000);
    const { revisions, migrations } = found;
    say(`${revisions.length} × 5 nodes at once on an empty database in ${seconds} s`);
    return [...revisions, ...migrations].every((count) => count === 1);
  },
  saves: async (t, { quick }) => {
    const size = quick ? { saves: 100, withinMs: 1_000 } : { saves: 1_000, withinMs: 10_000 };
    const found = await proveSaves(t, size);
    const ms = Math.round(found.inForceMs);
    say(
      `${found.saves} saves: the last in force after ${ms} ms, ${found.revisions} revisions, ${found.torn} torn`,
    );
    return found.inForceMs <= 2_000 && found.torn === 0;
  },
  cuts: async (t, { quick }) => {
    const found = await proveCuts(t, { lengthMs: quick ? 3_000 : 60_000, jobs: quick ? 10 : 30 });
    say(`all connections cut ${found.cuts}, ${found.executions} executions`);
    for (const wrong of [found.anomalies, ...found.problems]) if (wrong !== "") say(wrong);
    return found.anomalies === "" && found.problems.length === 0;
  },
};

await runProofs(PROOFS);
