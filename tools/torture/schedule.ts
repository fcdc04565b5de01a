import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";
import { configText, PLUGIN_CODE, type ConfigOptions } from "./config-text.ts";
import { JOB_SCRIPT } from "./job-script.ts";
import { editJobs, makeJobs, type TortureJob } from "./jobs.ts";
import { randomOf } from "./random.ts";

export interface ScheduleOptions {
  folder: string;
  seed: number;
  leaseMs: number;
  jobs: number;
  editEveryMs: number;
}

/** The config of all nodes, which changes while they run. */
export interface Schedule {
  ledger: string;
  keepsLedger: (jobName: string) => boolean;
  stopEditing(): Promise<void>;
  rest(): Promise<void>;
}

/** Writes the script and the config, and goes on changing the config. */
export async function startSchedule(
  options: ScheduleOptions,
  cluster: Pick<Cluster, "writeConfig" | "writePlugin">,
): Promise<Schedule> {
  const { folder, seed, leaseMs } = options;
  const config: ConfigOptions = {
    leaseMs,
    nodeConcurrency: 40,
    script: join(folder, "job.sh"),
    ledger: join(folder, "ledger"),
    locks: join(folder, "locks"),
    atRest: false,
  };
  await mkdir(config.ledger);
  await mkdir(config.locks);
  await writeFile(config.script, JOB_SCRIPT);
  const scripts = new Set<string>();
  const remember = (all: readonly TortureJob[]): void => {
    for (const { name, code } of all) if (code === "script") scripts.add(name);
  };
  let jobs: readonly TortureJob[] = makeJobs(randomOf(seed, "jobs"), options.jobs);
  remember(jobs);
  await cluster.writePlugin(PLUGIN_CODE);
  await cluster.writeConfig(configText(jobs, config));
  const random = randomOf(seed, "edits");
  const stop = new AbortController();
  const editing = (async () => {
    for (let edits = 0; ; edits += 1) {
      await delay(options.editEveryMs, undefined, { signal: stop.signal });
      jobs = editJobs(random, jobs, options.jobs + edits);
      remember(jobs);
      await cluster.writeConfig(configText(jobs, config));
    }
  })().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  // Whoever stops the edits is told of it; until then nobody waits for them.
  editing.catch(() => undefined);
  return {
    ledger: config.ledger,
    keepsLedger: (jobName) => scripts.has(jobName),
    async stopEditing() {
      stop.abort();
      await editing;
    },
    rest: () => cluster.writeConfig(configText(jobs, { ...config, atRest: true })),
  };
}
