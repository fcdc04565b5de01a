import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Anomaly, CheckedJob, HistoryRow, Leftover } from "../history/checker.ts";
import { checkHistory } from "../history/checker.ts";
import type { LedgerLine } from "../history/ledger.ts";
import type { Transition } from "../history/transitions.ts";
import type { MemorySample } from "./memory.ts";
import type { DoneFault } from "./nemesis.ts";
import { quietMs } from "./nemesis.ts";
import type { NodeLife } from "./node.ts";
import { recoveryMs } from "./plan.ts";

/** All that a run left behind, by which it can be judged again. */
export interface Evidence {
  history: {
    seed: number;
    leaseMs: number;
    latestMs: number;
    jobs: CheckedJob[];
    rows: HistoryRow[];
    transitions: Transition[];
    leftovers: Leftover[];
    /** One per life of a node that the database knew: its id and its process. */
    nodeIds: { id: string; pid: number; startedMs: number }[];
  };
  ledger: LedgerLine[];
  faults: {
    done: DoneFault[];
    /** What could not be done here, and why. */
    notDone: Record<string, string>;
    lives: NodeLife[];
    memory: MemorySample[];
    /** What else went wrong: what did not settle, drain or stop in time. */
    problems: string[];
  };
}

/** What is wrong in the histories of a run. */
export function judge({ history, ledger, faults }: Evidence): Anomaly[] {
  const { jobs, rows, transitions, leftovers, leaseMs, latestMs } = history;
  const quiet = quietMs(faults.done, recoveryMs(leaseMs));
  return checkHistory(rows, { jobs, latestMs, quietMs: quiet, ledger, transitions, leftovers });
}

const FILES = ["history", "ledger", "faults"] as const;

/** Writes one JSON file for each part. */
export async function writeEvidence(folder: string, evidence: Evidence): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of FILES) {
    await writeFile(join(folder, `${name}.json`), JSON.stringify(evidence[name], toJson));
  }
}

/** Reads what `writeEvidence` wrote. */
export async function readEvidence(folder: string): Promise<Evidence> {
  const parts = FILES.map(async (name) => [
    name,
    JSON.parse(await readFile(join(folder, `${name}.json`), "utf8"), fromJson),
  ]);
  return Object.fromEntries(await Promise.all(parts));
}

/** JSON has no infinity, by which a schedule that ended by itself is known. */
function toJson(_: string, value: unknown): unknown {
  return value === Infinity ? "Infinity" : value;
}

function fromJson(_: string, value: unknown): unknown {
  return value === "Infinity" ? Infinity : value;
}
