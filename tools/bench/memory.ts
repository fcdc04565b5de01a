import { setTimeout as delay } from "node:timers/promises";
import { embeddedStatus } from "../../src/store/embedded.ts";
import { openStore } from "../../src/store/open.ts";
import { desiredState } from "../../test/helpers/desired.ts";
import { configText } from "./config-text.ts";
import { noopJobs, registerJobs } from "./jobs.ts";
import { proportionalBytes, treeOf } from "./processes.ts";
import { makeProject, startUp } from "./program.ts";
import type { BenchProject } from "./program.ts";
import type { PartResult } from "./report.ts";
import { atMost, figure } from "./report.ts";

/** After it started a scheduler is left alone for this long: what a start needs is then given back. */
const SETTLE_MS = 5_000;

const MEGABYTE = 1_000_000;

/** Jobs of one apply, where they are more than one file may declare. */
const TOGETHER = 20_000;

/** What a scheduler and its database need with some number of jobs, in bytes. */
interface Footprint {
  /** As the system shows it, some seconds after the start. */
  residentBefore: number;
  /** After a full garbage collection. */
  resident: number;
  heapUsed: number;
  /** Of all processes of the server; what they share counts once. */
  server: number;
}

interface Case {
  name: string;
  jobs: number;
  /** The jobs stand in the file; else they are in the database only, where the file has its limit. */
  inFile: boolean;
}

const CASES: Case[] = [
  { name: "no jobs", jobs: 0, inFile: true },
  { name: "10,000 jobs, started with them registered", jobs: 10_000, inFile: true },
  { name: "100,000 jobs in the database, none in the file", jobs: 100_000, inFile: false },
];

/** Memory of a real `up` with many registered jobs. */
export async function measureMemory({ quick }: { quick: boolean }): Promise<PartResult> {
  const found: { name: string; footprint: Footprint }[] = [];
  for (const one of quick ? CASES.slice(0, 2) : CASES) {
    await using project = await makeProject(configText(one.inFile ? one.jobs : 0));
    if (!one.inFile) await registerInDatabase(project, one.jobs);
    if (one.jobs > 0 && one.inFile) {
      found.push({
        name: `${figure(one.jobs)} jobs, first start: all are registered`,
        footprint: await measureUp(project),
      });
    }
    found.push({ name: one.name, footprint: await measureUp(project) });
  }
  const empty = found[0]?.footprint;
  if (empty === undefined) throw new Error("the empty scheduler is measured first");
  const above = (footprint: Footprint, key: keyof Footprint): string =>
    figure((footprint[key] - empty[key]) / MEGABYTE);
  const registered = found[2]?.footprint ?? empty;
  return {
    tables: [
      {
        title: "Memory in MB",
        columns: ["", "resident", "after a collection", "heap", "PostgreSQL"],
        rows: found.map(({ name, footprint }, index) => [
          name,
          ...(["residentBefore", "resident", "heapUsed", "server"] as const).map((key) => {
            const total = figure(footprint[key] / MEGABYTE);
            return index === 0 ? total : `${total} (+${above(footprint, key)})`;
          }),
        ]),
        note: `Of the scheduler's process, ${SETTLE_MS / 1_000} s after its file was applied; in brackets what is above the empty scheduler. The launcher is not in it, and does not know the jobs.`,
      },
    ],
    findings: [
      atMost(
        "10,000 registered jobs, resident memory above an empty scheduler",
        (registered.residentBefore - empty.residentBefore) / MEGABYTE,
        40,
        "MB",
      ),
    ],
  };
}

async function measureUp(project: BenchProject): Promise<Footprint> {
  await using up = await startUp(project);
  await delay(SETTLE_MS);
  const { pid } = await embeddedStatus(project);
  const own = await up.memory();
  return { ...own, server: pid === null ? 0 : proportionalBytes(treeOf(pid)) };
}

/** As jobs that no file declares, so that no apply removes them. */
async function registerInDatabase(project: BenchProject, jobs: number): Promise<void> {
  const { database: settings } = desiredState().settings;
  const { root, stateDir } = project;
  const naming = { url: null, project: null, applicationName: "bench" };
  await using store = await openStore({ settings, root, stateDir, migrate: "any", ...naming });
  const specs = noopJobs(jobs, Date.now());
  for (let done = 0; done < jobs; done += TOGETHER) {
    await registerJobs(store.database, specs.slice(done, done + TOGETHER));
    await store.database.query(
      "update scheduled_jobs set origin = 'dynamic' where origin = 'config'",
    );
  }
}
