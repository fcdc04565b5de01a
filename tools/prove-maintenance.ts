// Proves at full size what docs/maintenance.md says of the clean-ups: that they finish, do what they
// said they would do, and leave another job its time: npm run prove:maintenance [-- --rows 20000].
import { didAll, proveMaintenance, type CleanupFound } from "./prove/maintenance.ts";
import { runProofs, say, type Proof } from "./prove/proofs.ts";

const PROOFS: Record<string, Proof> = {
  cleanups: async (t, { quick, rows: asked }) => {
    const rows = asked ?? (quick ? 20_000 : 1_000_000);
    const found = await proveMaintenance(t, { rows, ticksBefore: quick ? 1 : 20 });
    const tenth = Math.ceil(rows / 10);
    say(
      `${rows} lines of logs and executions, ${tenth} sessions: made in ${seconds(found.seededMs)}`,
    );
    for (const cleanup of found.cleanups) say(cleanupLine(cleanup));
    say(`retention: ${found.pruned} executions deleted, ${found.unpruned} left`);
    say(`all ended after ${seconds(found.tookMs)}`);
    say(`the job of each second, before: ${latenessText(found.lateBeforeMs)}`);
    say(`the job of each second, beside them: ${latenessText(found.lateMs)}`);
    say(`${found.missed} of its due times without a successful run`);
    return didAll(found) && Math.max(...found.lateMs) <= 1_000;
  },
};

await runProofs(PROOFS);

function latenessText(lateMs: readonly number[]): string {
  const late = lateMs.toSorted((a, b) => a - b);
  const at = (part: number): string =>
    `${Math.round(late[Math.floor(late.length * part)] ?? 0)} ms`;
  const max = Math.round(late.at(-1) ?? Number.NaN);
  return `${late.length} starts, p50 ${at(0.5)}, p99 ${at(0.99)}, max ${max} ms late`;
}

function cleanupLine({ name, status, message, expected, tookMs }: CleanupFound): string {
  return `${name}: ${status} in ${seconds(tookMs)}, ${expected} found before: ${message}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
