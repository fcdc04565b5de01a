import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { stopBundler } from "../../src/source/bundle.ts";
import type { Cleanup } from "../../test/helpers/database.ts";
import { globalSetup, globalTeardown } from "../../test/helpers/global-setup.ts";

/** A proof prints what it found; false: what is promised did not hold. */
export type Proof = (t: Cleanup, quick: boolean) => Promise<boolean>;

/**
 * Runs the proofs that the command line asks for by `--only a,b`, or all, each with a server of
 * PostgreSQL at hand; `--quick` for the sizes of the tests. `own` are options that the proofs read
 * themselves. Ends the process: 1 where one does not hold.
 */
export async function runProofs(
  proofs: Readonly<Record<string, Proof>>,
  own: ParseArgsOptionsConfig = {},
): Promise<never> {
  const { values } = parseArgs({
    options: { ...own, only: { type: "string" }, quick: { type: "boolean", default: false } },
  });
  await globalSetup();
  for (const name of values.only?.split(",") ?? Object.keys(proofs)) {
    await using cleanup = new AsyncDisposableStack();
    const holds = await proofs[name]?.({ after: (clean) => cleanup.defer(clean) }, values.quick);
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
