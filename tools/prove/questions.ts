import { cli } from "../../test/helpers/cli.ts";
import { testDatabase, type Cleanup } from "../../test/helpers/database.ts";
import { testProject } from "../../test/helpers/project.ts";
import type { ExecutionStatus } from "../../src/model/execution.ts";
import { readHistory } from "../../src/store/history.ts";
import type { LogFilter } from "../../src/store/log-filter.ts";
import { searchLogs } from "../../src/store/log-search.ts";
import { summarizeLogs } from "../../src/store/log-summary.ts";
import { readLogs } from "../../src/store/logs.ts";
import { seedExecutions, seedLogs, settle } from "./long-history.ts";

/** How long a question took, in the middle of several times. */
export interface Answer {
  question: string;
  medianMs: number;
  /** What is promised; null: it is told, and nothing is promised. */
  mostMs: number | null;
  /** How many entries it has, or how many match. */
  found: number;
}

const STATES: ExecutionStatus[] = [
  "success",
  "failed",
  "timed_out",
  "cancelled",
  "running",
  "pending",
  "abandoned",
];

/** What `jobs history` asks, of so many executions; the last one is the command itself. */
export async function askHistory(t: Cleanup, rows: number): Promise<Answer[]> {
  const { database, url } = await testDatabase(t);
  const jobs = Math.max(10, Math.round(rows / 1_000));
  await seedExecutions(database, { rows, jobs });
  await settle(database);
  const ask = (question: string, jobId: string | null, states: ExecutionStatus[]) =>
    timed(question, 50, async () => {
      return (await readHistory(database, { jobId, states, limit: 50 })).total;
    });
  const project = await testProject(t, "project: long\njobs: {}\n");
  const run = (line: string): Promise<{ stdout: string }> =>
    cli(line.split(" "), { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } });
  const bareMs = (await timed("", null, async () => (await run("--version")).stdout.length))
    .medianMs;
  const whole = await timed("jobs history -n 50, the command beyond Node's start", null, async () =>
    countLines((await run("jobs history -n 50")).stdout),
  );
  return [
    await ask("jobs history -n 50", null, STATES),
    await ask("jobs history --job X -n 50", "job-7", STATES),
    await ask("jobs history --status failed -n 50", null, ["failed", "timed_out", "abandoned"]),
    await ask("jobs history --job X --status failed", "job-2", ["failed"]),
    await ask("jobs history --status skipped -n 50", null, ["skipped"]),
    { ...whole, medianMs: whole.medianMs - bareMs },
  ];
}

/** What the commands of the log ask, of so many lines. */
export async function askLogs(t: Cleanup, rows: number): Promise<Answer[]> {
  const { database } = await testDatabase(t);
  await seedLogs(database, { rows, jobs: 100 });
  await settle(database);
  const all: LogFilter = { level: null, since: null, jobName: null, executionId: null };
  const search = (
    question: string,
    mostMs: number | null,
    given: Partial<LogFilter> & { text: string; kind?: "regex" },
  ) =>
    timed(question, mostMs, async () => {
      const { text, kind = "literal", ...filter } = given;
      return (await searchLogs(database, { ...all, ...filter, text: { kind, text }, limit: 50 }))
        .length;
    });
  return [
    await search('logs search "job failed"', 300, { text: "job failed" }),
    await search('logs search "disk quota" --level error', 300, {
      text: "disk quota",
      level: "ERROR",
    }),
    await search("logs search ABSENT --level warn", 300, { text: "qqzz", level: "WARN" }),
    await search('logs search --regex "exit code [56]"', 300, {
      text: "exit code [56]",
      kind: "regex",
    }),
    await search("logs search of what one INFO line has, the oldest", null, { text: "needle" }),
    await timed("logs view --job X -n 20", null, async () => {
      const query = { ...all, jobName: "job-7", contains: null, afterId: null, limit: 20 };
      return (await readLogs(database, query)).length;
    }),
    await timed("logs summary", null, async () => (await summarizeLogs(database, all)).total),
  ];
}

const ROUNDS = 7;

async function timed(
  question: string,
  mostMs: number | null,
  ask: () => Promise<number>,
): Promise<Answer> {
  const times: number[] = [];
  let found = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const beganMs = performance.now();
    found = await ask();
    times.push(performance.now() - beganMs);
  }
  const medianMs = times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? NaN;
  return { question, medianMs, mostMs, found };
}

function countLines(text: string): number {
  return text.split("\n").length;
}
