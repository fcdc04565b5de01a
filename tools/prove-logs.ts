// Proves at full size what docs/logs.md says of a long log and a long history: npm run prove:logs
// [-- --only history,logs] [--rows 1000000] [--quick]. The quick sizes are those of the tests.
import { runProofs, say, type Proof } from "./prove/proofs.ts";
import { askHistory, askLogs, type Answer } from "./prove/questions.ts";

const FULL = 1_000_000;
const QUICK = 2_000;

const PROOFS: Record<string, Proof> = {
  history: async (t, { quick, rows }) => {
    const size = rows ?? (quick ? QUICK : FULL);
    return tell(await askHistory(t, size), `${size} executions`);
  },
  logs: async (t, { quick, rows }) => {
    const size = rows ?? (quick ? QUICK : FULL);
    return tell(await askLogs(t, size), `${size} log lines`);
  },
};

function tell(answers: readonly Answer[], title: string): boolean {
  say(`${title}, medians of 7:`);
  for (const { question, medianMs, mostMs, found } of answers) {
    const limit = mostMs === null ? "" : ` (≤ ${mostMs} ms)`;
    say(`  ${question.padEnd(52)} ${medianMs.toFixed(1).padStart(8)} ms${limit}, ${found} found`);
  }
  return answers.every(({ medianMs, mostMs }) => mostMs === null || medianMs <= mostMs);
}

await runProofs(PROOFS);
