import { parseArgs } from "node:util";
import { stopBundler } from "../../src/source/bundle.ts";
import type { Cleanup } from "../../test/helpers/database.ts";
import { globalSetup, globalTeardown } from "../../test/helpers/global-setup.ts";

/** A proof prints what it found; false: what is promised did not hold. */
export type Proof = (t: Cleanup, size: ProofSize) => Promise<boolean>;

export interface ProofSize {
  /** That of the tests. */
  quick: boolean;
  /** Of so many rows, if somebody asked for that. */
  rows: number | null;
}

/**
 * Runs the proofs that the command line asks for by `--only a,b`, or all, each with a server of
 * PostgreSQL at hand that syncs what it commits; `--quick` for the sizes of the tests, `--rows n` for
 * another size where there are rows. Ends the process: 1 where one does not hold.
 */
export async function runProofs(proofs: Readonly<Record<string, Proof>>): Promise<never> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      quick: { type: "boolean", default: false },
      rows: { type: "string" },
    },
  });
  const rows = values.rows === undefined ? null : Number(values.rows);
  await globalSetup({ durable: true });
  for (const name of values.only?.split(",") ?? Object.keys(proofs)) {
    await using cleanup = new AsyncDisposableStack();
    const t: Cleanup = { after: (clean) => cleanup.defer(clean) };
    const holds = await proofs[name]?.(t, { quick: values.quick, rows });
    say(`${name}: ${holds === true ? "holds" : "DOES NOT HOLD"}\n`);
    if (holds !== true) process.exitCode = 1;
  }
  await stopBundler();
  await globalTeardown();
  // Else the test runner, whose helpers are used, would print that it had no tests.
  process.exit();
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
