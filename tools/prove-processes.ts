// Proves at full size what docs/processes.md says of jobs that misbehave: npm run prove:processes
// [-- --only stops,output,neighbours] [--quick]. The quick sizes are those of the tests.
import { parseArgs } from "node:util";
import { randomUUID } from "node:crypto";
import { startLauncher } from "../src/execute/launcher-client.ts";
import { stopBundler } from "../src/source/bundle.ts";
import { connect, type Database } from "../src/store/connection.ts";
import type { Cleanup } from "../test/helpers/database.ts";
import { startTestServer, TEMPLATE_DATABASE, TEST_SCHEMA } from "../test/helpers/test-server.ts";
import { proveNeighbours } from "./prove/neighbours.ts";
import { proveOutput } from "./prove/output.ts";
import { proveStops } from "./prove/stops.ts";

/** A proof prints what it found; false: what is promised did not hold. */
type Proof = (t: Cleanup, quick: boolean) => Promise<boolean>;

const PROOFS: Record<string, Proof> = {
  stops: async (_, quick) => {
    await using launcher = await startLauncher({ onExit: () => undefined });
    const found = await proveStops(launcher, { stops: quick ? 20 : 500, atOnce: 4 });
    const seconds = Math.round(found.tookMs / 1_000);
    say(
      `${found.stops} jobs stopped in ${seconds} s, ${found.seen} processes seen: ${found.left} left`,
    );
    return found.left === 0 && found.seen >= found.stops * 3;
  },
  output: async (t, quick) => {
    const bytes = quick ? 50_000_000 : 1_000_000_000;
    const found = await proveOutput(t, { ...(await ownDatabase(t)), bytes });
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
  neighbours: async (t, quick) => {
    const found = await proveNeighbours(t, { ...(await ownDatabase(t)), starts: quick ? 4 : 60 });
    const lateness = `p50 ${found.p50Ms.toFixed(0)} ms, max ${found.maxMs.toFixed(0)} ms late`;
    say(`${found.starts} starts beside the others: ${lateness}, ${found.failed} failed`);
    say(`the others: ${JSON.stringify(found.reasons)}`);
    return found.failed === 0 && found.maxMs < 2_000;
  },
};

const { values } = parseArgs({
  options: { only: { type: "string" }, quick: { type: "boolean", default: false } },
});
for (const name of values.only?.split(",") ?? Object.keys(PROOFS)) {
  await using cleanup = new AsyncDisposableStack();
  const holds = await PROOFS[name]?.({ after: (clean) => cleanup.defer(clean) }, values.quick);
  say(`${name}: ${holds === true ? "holds" : "DOES NOT HOLD"}\n`);
  if (holds !== true) process.exitCode = 1;
}
await stopBundler();

/** A migrated database on a server of its own. */
async function ownDatabase(t: Cleanup): Promise<{ url: string; database: Database }> {
  const server = await startTestServer();
  t.after(async () => server[Symbol.asyncDispose]());
  const name = `prove_${randomUUID().replaceAll("-", "")}`;
  const options = { applicationName: "prove", maxConnections: 2, pooled: false } as const;
  {
    await using admin = await connect({ ...options, url: server.address, schema: "public" });
    await admin.query(`create database ${name} template ${TEMPLATE_DATABASE}`);
  }
  const address = { ...server.address, database: name };
  const database = await connect({ ...options, url: address, schema: TEST_SCHEMA });
  t.after(async () => database[Symbol.asyncDispose]());
  const { host, username, password } = address;
  const query = new URLSearchParams({ host });
  return {
    url: `postgres://${username}:${password}@localhost/${name}?${query.toString()}`,
    database,
  };
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
