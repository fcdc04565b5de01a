import assert from "node:assert/strict";
import type { Database } from "../../src/store/connection.ts";
import { cli } from "../helpers/cli.ts";
import type { CliResult } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import type { Cleanup } from "../helpers/database.ts";
import { testProject } from "../helpers/project.ts";
import type { TestProject } from "../helpers/project.ts";
import { parseOutput } from "./output-schemas.ts";

/** A project with a database, in which command lines are typed. */
export interface TypedProject {
  database: Database;
  project: TestProject;
  run: (...args: string[]) => Promise<CliResult>;
  /** What a command line prints with `--json`, held against the schema of that name. */
  json: (name: string, ...args: string[]) => Promise<Record<string, unknown>>;
}

export async function typedProject(t: Cleanup, config: string): Promise<TypedProject> {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, config);
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const run = (...args: string[]): Promise<CliResult> => cli(args, options);
  const json = async (name: string, ...args: string[]): Promise<Record<string, unknown>> => {
    const { stdout, stderr } = await run("--json", ...args);
    assert.notEqual(stdout, "", stderr);
    return parseOutput(name, stdout).data;
  };
  return { database, project, run, json };
}

/** A job that runs `true` once a year, with what `extra` says, as an entry of a config. */
export function yearlyJob(name: string, extra = ""): string {
  return `  ${name}: {schedule: "@yearly", command: ["true"]${extra}}\n`;
}

export function configOf(...jobs: string[]): string {
  return `jobs:\n${jobs.join("")}`;
}
