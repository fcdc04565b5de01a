// Many nodes, every fault: npm run torture -- --nodes 3 --minutes 20 --seed 7 [--jobs 40]
// [--lease-seconds 5] [--spare 1] [--only kill_scheduler,stop_launcher] [--out DIR], or --replay DIR, which checks
// again what a run left behind.
import { mkdir, mkdtemp, chmod } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { judge, readEvidence, writeEvidence } from "./torture/evidence.ts";
import { ALL_KINDS, type FaultKind } from "./torture/plan.ts";
import { runTorture } from "./torture/run.ts";
import { strayLives, summaryText } from "./torture/summary.ts";

const { values } = parseArgs({
  options: {
    nodes: { type: "string", default: "3" },
    minutes: { type: "string", default: "20" },
    seed: { type: "string" },
    jobs: { type: "string" },
    "lease-seconds": { type: "string", default: "5" },
    spare: { type: "string" },
    only: { type: "string" },
    out: { type: "string" },
    replay: { type: "string" },
  },
});

process.exitCode = values.replay === undefined ? await torture() : await replay(values.replay);

async function torture(): Promise<number> {
  const folder = await outFolder(values.out);
  const seed = number("seed", values.seed ?? String(1 + (Date.now() % 1_000_000)));
  const startedMs = performance.now();
  const say = (line: string): void => {
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    process.stderr.write(`${seconds.padStart(7)} s  ${line}\n`);
  };
  say(`seed ${seed}, in ${folder}`);
  await using stack = new AsyncDisposableStack();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void stack.disposeAsync().finally(() => process.exit(130)));
  }
  const options = {
    nodes: number("nodes", values.nodes),
    seed,
    durationMs: number("minutes", values.minutes) * 60_000,
    jobs: number("jobs", values.jobs ?? String(jobsOfMachine())),
    leaseMs: number("lease-seconds", values["lease-seconds"]) * 1_000,
    latestMs: 2_000,
    editEveryMs: 20_000,
    sparedNode: values.spare === undefined ? null : number("spare", values.spare),
    only: faultKinds(values.only),
    folder,
    say,
  };
  const evidence = await runTorture(options, stack);
  await writeEvidence(folder, evidence);
  return report(evidence);
}

async function replay(folder: string): Promise<number> {
  return report(await readEvidence(resolve(folder)));
}

function report(evidence: Awaited<ReturnType<typeof readEvidence>>): number {
  const anomalies = judge(evidence);
  process.stdout.write(summaryText(evidence, anomalies));
  const wrong = anomalies.length + evidence.faults.problems.length + strayLives(evidence).length;
  return wrong === 0 ? 0 : 1;
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} takes a number above 0`);
  return value;
}

function faultKinds(text: string | undefined): FaultKind[] {
  const wanted = text?.split(",") ?? [];
  const unknown = wanted.filter((word) => !ALL_KINDS.some((kind) => kind === word));
  if (unknown.length === 0) return ALL_KINDS.filter((kind) => wanted.includes(kind));
  throw new Error(`--only takes some of ${ALL_KINDS.join(",")}`);
}

/** Half of the machine is for the starts of the jobs, each of which costs about 30 ms. */
function jobsOfMachine(): number {
  return Math.min(100, Math.max(30, 15 * availableParallelism()));
}

/** The server's own user must be able to enter it. */
async function outFolder(given: string | undefined): Promise<string> {
  if (given === undefined) {
    const folder = await mkdtemp(join(tmpdir(), "cronverge-torture-"));
    await chmod(folder, 0o711);
    return folder;
  }
  await mkdir(given, { recursive: true });
  return resolve(given);
}
