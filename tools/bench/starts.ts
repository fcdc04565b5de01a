import { setTimeout as delay } from "node:timers/promises";
import type { JsonValue } from "../../src/model/json.ts";
import type { Database } from "../../src/store/connection.ts";
import { findJob } from "../../src/store/jobs.ts";
import { openStore } from "../../src/store/open.ts";
import { triggerJob } from "../../src/store/trigger.ts";
import { desiredState } from "../../test/helpers/desired.ts";
import { makeProject, startUp, timeCommand } from "./program.ts";
import type { BenchProject } from "./program.ts";
import type { PartResult } from "./report.ts";
import { atMost, figure } from "./report.ts";
import { SCHEMA } from "./server.ts";
import { median, percentile } from "./statistics.ts";

/** Its result says when its process began, when Node was up, and when its first line ran. */
const PLUGIN = `
const firstLineMs = () => performance.timeOrigin + performance.now();
export default () => ({
  first: firstLineMs(),
  born: performance.timeOrigin,
  booted: performance.timeOrigin + performance.nodeTiming.bootstrapComplete,
});
`;

const CONFIG = `
node: {concurrency: 8}
jobs:
  by-hand: {plugin: probe}
  each-second: {plugin: probe, schedule: "* * * * * *"}
  shell: {command: [date, "+%s%N"]}
`;

/** Instants of one run in ms since the epoch. */
interface Run {
  created: number;
  started: number;
  born: number;
  booted: number;
  first: number;
}

/** From a wish, or a due time, to the first line of the job. */
export async function measureStarts({ samples }: { samples: number }): Promise<PartResult> {
  await using project = await makeProject(CONFIG);
  await project.write(PLUGIN, "plugins/probe.ts");
  await using _up = await startUp(project);
  await using store = await openStore(storeOptions(project));
  const { database } = store;
  // The first run of a version also makes its program file.
  await runByHand(database, "by-hand");
  const asked: { askedMs: number; run: Run }[] = [];
  const shell: number[] = [];
  const typed: number[] = [];
  for (let n = 0; n < samples; n += 1) {
    const { askedMs, id } = await runByHand(database, "by-hand");
    asked.push({ askedMs, run: await readRun(database, id) });
    const command = await runByHand(database, "shell");
    shell.push((await readOutput(database, command.id)) - command.askedMs);
  }
  for (let n = 0; n < Math.min(samples, 5); n += 1) {
    typed.push(await timeCommand(["jobs", "run", "by-hand"], { cwd: project.root, allowed: [0] }));
  }
  const scheduled = await untilScheduled(database, samples);
  return report({ asked, scheduled, shell, typed });
}

function storeOptions({ root, stateDir }: BenchProject): Parameters<typeof openStore>[0] {
  const settings = { ...desiredState().settings.database, schema: SCHEMA };
  const naming = { url: null, project: null, applicationName: "bench" };
  return { settings, root, stateDir, migrate: "none", ...naming };
}

/** Asks for a run, as `jobs run` does, and waits for its end. */
async function runByHand(
  database: Database,
  name: string,
): Promise<{ askedMs: number; id: string }> {
  const job = await findJob(database, name);
  if (job === null) throw new Error(`${name} is not registered`);
  const askedMs = performance.timeOrigin + performance.now();
  const { id } = await triggerJob(database, {
    jobId: job.id,
    parameters: null,
    triggeredBy: "bench",
    trigger: "manual",
    overlap: "skip",
  });
  const ended = "select from executions where id = $1 and status = 'success'";
  while ((await database.query(ended, [id])).length === 0) await delay(10);
  return { askedMs, id };
}

async function readRun(database: Database, id: string): Promise<Run> {
  const [row] = await database.query<RunRow>(`${RUN} where id = $1`, [id]);
  if (row === undefined) throw new Error("the run is not there");
  return toRun(row);
}

interface RunRow {
  created_at: Date;
  started_at: Date;
  result: JsonValue;
}

const RUN = "select created_at, started_at, result from executions";

function toRun({ created_at, started_at, result }: RunRow): Run {
  if (typeof result !== "object" || result === null || Array.isArray(result)) {
    throw new Error("the job did not tell its times");
  }
  const instant = (key: string): number => Number(result[key]);
  return {
    created: created_at.getTime(),
    started: started_at.getTime(),
    born: instant("born"),
    booted: instant("booted"),
    first: instant("first"),
  };
}

/** What the command printed: nanoseconds since the epoch. */
async function readOutput(database: Database, id: string): Promise<number> {
  const [row] = await database.query<{ message: string }>(
    "select message from logs where execution_id = $1 and message ~ '^[0-9]{19}$'",
    [id],
  );
  return Number(row?.message) / 1e6;
}

/** The runs of the clock, whose insert was their claim. */
async function untilScheduled(database: Database, samples: number): Promise<Run[]> {
  const text = `${RUN} where trigger = 'schedule' and status = 'success'
     and job_name = 'each-second' order by id desc limit $1`;
  for (;;) {
    const rows = await database.query<RunRow>(text, [samples]);
    if (rows.length === samples) return rows.map(toRun);
    await delay(500);
  }
}

function report(found: {
  asked: { askedMs: number; run: Run }[];
  scheduled: Run[];
  shell: number[];
  typed: number[];
}): PartResult {
  const { asked, scheduled, shell, typed } = found;
  const claimed = scheduled.map((run) => run.first - run.created);
  const row = (name: string, values: number[]): string[] => [
    name,
    figure(median(values)),
    figure(percentile(values, 0.99)),
  ];
  const columns = ["", "p50", "p99"];
  const runs = [...asked.map(({ run }) => run), ...scheduled];
  return {
    tables: [
      {
        title: "To the first line of a job, in ms",
        columns,
        rows: [
          row(
            "by hand: request → first line of an isolated plugin",
            asked.map(({ askedMs, run }) => run.first - askedMs),
          ),
          row("by hand: request → output of a command", shell),
          row("`cronverge jobs run`: typed → ended, the program's own start included", typed),
          row("scheduled: claim → first line of an isolated plugin", claimed),
        ],
        note: `${asked.length} runs each by hand and by the clock, one at a time, on a running scheduler; every one starts a Node process of its own with \`--permission\`.`,
      },
      {
        title: "Where the time of an isolated run goes, in ms",
        columns,
        rows: [
          row(
            "request → start recorded",
            asked.map(({ askedMs, run }) => run.started - askedMs),
          ),
          row(
            "claim → start recorded (scheduled)",
            scheduled.map((run) => run.started - run.created),
          ),
          row(
            "start recorded → process exists",
            runs.map((run) => run.born - run.started),
          ),
          row(
            "process exists → Node is up",
            runs.map((run) => run.booted - run.born),
          ),
          row(
            "Node is up → first line",
            runs.map((run) => run.first - run.booted),
          ),
        ],
        note: "Instants of the job's process are its own word; those of the server are whole ms of the same machine's clock.",
      },
    ],
    findings: [atMost("isolated run, claim → first line, median", median(claimed), 60, "ms")],
  };
}
