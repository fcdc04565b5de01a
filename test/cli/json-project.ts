import assert from "node:assert/strict";
import { cli } from "../helpers/cli.ts";
import type { CliResult } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import type { Cleanup, TestDatabase } from "../helpers/database.ts";
import { plugin, testProject } from "../helpers/project.ts";
import { parseOutput } from "./output-schemas.ts";
import type { OutputDocument } from "./output-schemas.ts";

/** A job of each kind. */
const CONFIG = `timezone: Europe/Paris
jobs:
  cleanup-sessions: {schedule: "0 2 * * *", retention_hours: 24}
  greet:
    description: Says hello
    schedule: "0 */15 * * * *"
    parameters: {name: world, api_token: hush}
  fails: {schedule: {every: 1h}, command: "echo no >&2; exit 3"}
  asks: {http: {url: "http://127.0.0.1:1/x", headers: {Authorization: {env: TOKEN}}}}
  once: {schedule: {at: "2099-01-01T00:00:00Z"}, command: ["true"], enabled: false}
`;

/** Two plugins beside it, of which no job names the second, and a database. */
export interface JsonProject extends Pick<TestDatabase, "database"> {
  /** A command line with `--json`. */
  run: (line: string) => Promise<CliResult>;
}

export async function jsonProject(t: Cleanup): Promise<JsonProject> {
  const { url, database } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  await project.write("plugins/greet.ts", plugin("console.log('hi'); return {n: 1};"));
  await project.write("plugins/spare.ts", plugin("return;"));
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  return { database, run: (line) => cli(["--json", ...line.split(" ")], options) };
}

/** Checks the one document that a command printed, and that it printed nothing else. */
export function read(name: string, result: CliResult, code = 0): OutputDocument {
  assert.equal(result.code, code, result.stderr);
  assert.equal(result.stderr, "");
  return parseOutput(name, result.stdout);
}
