// Proves at full size what docs/database.md says of moving a schedule: npm run prove:care [-- --quick].
// It needs a PostgreSQL 15 as Debian installs it.
import { proveMoves } from "./prove/moves.ts";
import { runProofs, say, type Proof } from "./prove/proofs.ts";

const BIN = "/usr/lib/postgresql/15/bin";

/** What a million rows may take more than none. */
const MOST_GROWN_BYTES = 150e6;

const PROOFS: Record<string, Proof> = {
  moves: (t, { quick, rows }) => prove(t, rows ?? (quick ? 1_000 : 100_000)),
  "moves-million": (t, { quick, rows }) => prove(t, rows ?? (quick ? 1_000 : 1_000_000)),
};

async function prove(t: Parameters<Proof>[0], rows: number): Promise<boolean> {
  const found = await proveMoves(t, { rows, bin: BIN });
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
  const megabytes = (bytes: number): number => Math.round(bytes / 1e6);
  say(
    `${rows} executions and ${rows} lines, embedded → 15: export ${seconds(found.exportMs)} s, import ${seconds(found.importMs)} s, ${megabytes(found.fileBytes)} MB; back in ${seconds(found.backMs)} s; ${megabytes(found.grownBytes)} MB more memory at most; differing: ${found.differing.join(", ") || "none"}`,
  );
  return found.differing.length === 0 && found.grownBytes < MOST_GROWN_BYTES;
}

await runProofs(PROOFS);
