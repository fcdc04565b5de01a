import { randomUUIDv7 } from "node:crypto";
import type { ExecutionStatus, ReasonCode, Trigger } from "../../src/model/execution.ts";
import type { BackfillOptions } from "../../src/cli/commands/backfill.ts";
import { backfill } from "../../src/cli/commands/backfill.ts";
import { explain } from "../../src/cli/commands/explain.ts";
import { why } from "../../src/cli/commands/why.ts";
import type { CommandContext } from "../../src/cli/context.ts";
import type { CommandResult } from "../../src/cli/result.ts";
import type { Database } from "../../src/store/connection.ts";
import { jsonText } from "../../src/views/json-text.ts";
import type { BackfillData } from "../../src/views/backfill-data.ts";
import type { ExplainData } from "../../src/views/explain-data.ts";
import type { WhyData } from "../../src/views/why-data.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testDatabase } from "../helpers/database.ts";
import { plain } from "../helpers/golden.ts";
import type { TestProject } from "../helpers/project.ts";
import { applyProject, testProject } from "../helpers/project.ts";
import { parseOutput } from "./output-schemas.ts";

/** What a question was answered with, held against its schema. */
export interface Answered<Data> {
  data: Data;
  /** As a person reads it. */
  text: string;
}

/** A project with a database of its own, whose ledger is asked in this process. */
export interface LedgerProject {
  database: Database;
  url: string;
  project: TestProject;
  /** That of a command in this process. */
  context: CommandContext;
  /** Puts the jobs, as lines of YAML, into the file and in force. */
  apply: (...jobs: string[]) => Promise<void>;
  explain: (name: string, time: string) => Promise<Answered<ExplainData>>;
  why: (name: string) => Promise<Answered<WhyData>>;
  backfill: (name: string, given: Partial<BackfillOptions>) => Promise<Answered<BackfillData>>;
}

export async function ledgerProject(t: Cleanup): Promise<LedgerProject> {
  const { database, url } = await testDatabase(t);
  const head = `project: test\ntimezone: Europe/Paris\ndatabase: {url: ${JSON.stringify(url)}}\n`;
  const project = await testProject(t, `${head}jobs: {}\n`);
  const context: CommandContext = {
    terminal: { out: ignore, err: ignore, outColor: plain, errColor: plain, width: 100 },
    json: true,
    locate: () => project,
    locateOrHere: () => project,
  };
  return {
    database,
    url,
    project,
    context,
    async apply(...jobs) {
      await project.write("config.yaml", `${head}jobs:\n${jobs.join("\n")}\n`);
      const { plan } = await applyProject(database, project);
      if (plan.refusal !== null) throw new Error(plan.refusal.message);
    },
    explain: async (name, time) => answer("explain", await explain(context, { name, time })),
    why: async (name) => answer("why", await why(context, name)),
    async backfill(name, given) {
      const options = {
        name,
        from: "yesterday",
        reprocess: "none",
        dryRun: false,
        ...given,
      } as const;
      return answer("backfill", await backfill(context, options));
    },
  };
}

function ignore(): void {}

function answer<Data>(schema: string, result: CommandResult): Answered<Data> {
  const { data, artifactType: artifact_type, title } = result;
  const document = parseOutput(schema, jsonText({ data, artifact_type, title }));
  return { data: document.data as Data, text: result.text({ color: plain, width: 100 }) };
}

/** A record of a due time that another process might have left. */
export interface Left {
  at: string;
  status: ExecutionStatus;
  reason?: ReasonCode;
  trigger?: Trigger;
  coversUntil?: string;
  coversCount?: number;
  startedAt?: string;
  finishedAt?: string;
  createdAt?: string;
  holdsKey?: boolean;
}

/** Writes one of a job, with the times as given; returns its id. */
export async function leave(database: Database, job: string, left: Left): Promise<string> {
  const id = randomUUIDv7();
  const attempt = left.startedAt === undefined ? 0 : 1;
  await database.query(
    `insert into executions (id, job_id, job_name, revision_id, trigger, scheduled_for, due_at,
         covers_until, covers_count, available_at, created_at, status, reason, started_at,
         finished_at, attempt, exclusive_key, holds_key, trace_id)
     select $1, id, job_name, revision_id, $3, $4::timestamptz, $4::timestamptz, $5, $6,
            $4::timestamptz, coalesce($7, $4)::timestamptz, $8, $9, $10, $11, $12, id, $13, $1
       from scheduled_jobs where job_name = $2`,
    [
      id,
      job,
      left.trigger ?? "schedule",
      left.at,
      left.coversUntil ?? null,
      left.coversCount ?? 1,
      left.createdAt ?? null,
      left.status,
      left.reason ?? null,
      left.startedAt ?? null,
      left.finishedAt ?? null,
      attempt,
      left.holdsKey ?? false,
    ],
  );
  return id;
}

/** Lets all decisions about the jobs have been made earlier, as if the project were so old. */
export async function age(database: Database, days: number): Promise<void> {
  const interval = [`${days} days`];
  await database.query(
    "update job_events set at = at - $1::interval, anchor = anchor - $1::interval",
    interval,
  );
  await database.query("update job_clock set anchor = anchor - $1::interval", interval);
}
