// Proves at full size what docs/processes.md says of jobs that misbehave: npm run prove:processes
// [-- --only stops,output,neighbours] [--quick]. The quick sizes are those of the tests.
import { startLauncher } from "../src/execute/launcher-client.ts";
import { testDatabase } from "../test/helpers/database.ts";
import { proveNeighbours } from "./prove/neighbours.ts";
import { proveOutput } from "./prove/output.ts";
import { runProofs, say, type Proof } from "./prove/proofs.ts";
import { proveStops } from "./prove/stops.ts";

const PROOFS: Record<string, Proof> = {
  stops: async (_, { quick }) => {
    await using launcher = await startLauncher({ onExit: () => undefined });
    const found = await proveStops(launcher, { stops: quick ? 20 : 500, atOnce: 4 });
    const seconds = Math.round(found.tookMs / 1_000);
    say(
      `${found.stops} jobs stopped in ${seconds} s, ${found.seen} processes seen: ${found.left} left`,
    );
    return found.left === 0 && found.seen >= found.stops * 3;
  },
  output: async (t, { quick }) => {
    const bytes = quick ? 50_000_000 : 1_000_000_000;
    const found = await proveOutput(t, { ...(await testDatabase(t)), bytes });
    const [scheduler = 0, launcher = 0] = found.peakBytes.map(
      (peak, index) => peak - (found.beforeBytes[index] ?? 0),
    );
    const seconds = (found.tookMs / 1_000).toFixed(1);
    say(`${megabytes(bytes)} of output in ${seconds} s: ${found.mark}`);
    say(
      `memory: scheduler +${megabytes(scheduler)}, launcher +${megabytes(launcher)}; kept ${found.keptBytes} of ${found.limitBytes} bytes`,
    );
    const bounded = found.grownBytes <= 64 * 1_048_576 && found.keptBytes <= found.limitBytes;
    return bounded && found.mark !== null && found.last === "the end";
  },
  neighbours: async (t, { quick }) => {
    const found = await proveNeighbours(t, { ...(await testDatabase(t)), starts: quick ? 4 : 60 });
    const lateness = `p50 ${found.p50Ms.toFixed(0)} ms, max ${found.maxMs.toFixed(0)} ms late`;
    say(`${found.starts} starts beside the others: ${lateness}, ${found.failed} failed`);
    say(`the others: ${JSON.stringify(found.reasons)}`);
    return found.failed === 0 && found.maxMs < 2_000;
  },
};

await runProofs(PROOFS);

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
