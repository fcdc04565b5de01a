import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findJob } from "../../src/store/jobs.ts";
import { parseOutput } from "../cli/output-schemas.ts";
import { cli, startUp } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import type { Cleanup } from "../helpers/database.ts";
import { plugin, testProject } from "../helpers/project.ts";
import { SEED_CONFIG } from "../helpers/seed-config.ts";
import { CLI_LINES, GUIDE_LINES, type SeedLine } from "./seed-lines.ts";

/** The guide's own config, word for word, and the jobs that the documents name beside it. */
const CONFIG = `${SEED_CONFIG}
  my-custom-job:
    schedule: "0 4 * * *"
    enabled: true

  content_ingestion: {}
  publish_content: {schedule: "0 */30 * * * *"}
  cleanup_inactive_sessions: {}
  cleanup_empty_contexts: {}
  database_cleanup: {}
  behavioral_analysis: {}
  malicious_ip_blacklist: {}
`;

const INGESTION = `import { defineJob, JobResult } from "cronverge";
export default defineJob({
  name: "content_ingestion",
  description: "Ingests markdown content from configured directories",
  schedule: "0 0 * * * *",
  execute: () => JobResult.success().withMessage("Ingested 31 files").withStats(31, 0),
});
`;

test("every line of the jobs CLI document gives what the document shows", async (t) => {
  const { run } = await seedProject(t);
  await typeAll(run, CLI_LINES);
  const { data } = JSON.parse((await run("--json jobs run content_ingestion")).stdout);
  const [{ duration_ms, result }] = data.jobs_run;
  assert.deepEqual(result, {
    success: true,
    message: "Ingested 31 files",
    items_processed: 31,
    items_failed: 0,
  });
  assert.equal(typeof duration_ms, "number");
  assert.deepEqual([data.total, data.succeeded, data.failed], [1, 1, 0]);
  const shown = JSON.parse((await run("--json jobs show content_ingestion")).stdout).data;
  assert.deepEqual([shown.schedule, shown.schedule_human], ["0 0 * * * *", "Every hour"]);
});

test("every line of the scheduling guide gives what the guide says", async (t) => {
  const { run, database } = await seedProject(t);
  await database.query(
    `insert into logs (level, module, message) values ('ERROR', 'scheduler', 'Job failed: planted')`,
  );
  await typeAll(run, GUIDE_LINES);
  const found = JSON.parse((await run('--json infra logs search "job failed"')).stdout).data;
  assert.deepEqual(
    found.entries.map(({ message }: { message: string }) => message),
    ["Job failed: planted"],
  );
  assert.equal((await findJob(database, "cleanup-sessions"))?.enabled, false);
  const { code, stdout } = await run("jobs list");
  assert.equal(code, 0);
  assert.match(stdout, /^NAME +SCHEDULE +ENABLED +LAST RUN +RESULT +NEXT RUN/);
});

test("docs/seeds.md has every line that is typed here", () => {
  const document = readFileSync("docs/seeds.md", "utf8");
  for (const { line } of [...CLI_LINES, ...GUIDE_LINES]) {
    const plain = line.replace("--non-interactive ", "");
    assert.ok(document.includes(`\`${plain}\``), `docs/seeds.md does not have ${plain}`);
  }
});

type Type = (line: string) => ReturnType<typeof cli>;

/** Each line as it is written, but the first of each kind with `--json`, to see its parts. */
async function typeAll(run: Type, lines: readonly SeedLine[]): Promise<void> {
  const titles = new Set<string>();
  for (const seed of lines) {
    const isFirst = !titles.has(seed.title);
    const line = isFirst ? `--json ${seed.line}` : seed.line;
    const { code, stdout, stderr } = await run(line);
    assert.equal(code, seed.code ?? 0, `${line}\n${stdout}${stderr}`);
    if (line.includes("--json")) checkDocument(seed, stdout);
    else assert.notEqual(stdout, "", line);
    titles.add(seed.title);
  }
}

function checkDocument({ line, title, fields }: SeedLine, stdout: string): void {
  const document = parseOutput(schemaOf(line), stdout);
  assert.equal(document.title, title, line);
  for (const field of fields) {
    assert.notEqual(valueAt(document.data, field.split(".")), undefined, `${line}: ${field}`);
  }
}

/** `infra jobs list --x` is described by `jobs-list`. */
function schemaOf(line: string): string {
  const words = line.split(" ").filter((word) => !/^(-.*|infra|core)$/.test(word));
  return words.slice(0, 2).join("-");
}

/** Null counts as a value; a list that the document shows with an entry has one. */
function valueAt(data: unknown, path: readonly string[]): unknown {
  let value = data;
  for (const key of path) {
    if (Array.isArray(value)) value = value[0];
    value = Object(value)[key];
  }
  return value;
}

async function seedProject(t: Cleanup) {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, CONFIG);
  await project.write("plugins/content_ingestion.ts", INGESTION);
  for (const name of ["publish_content", "my-custom-job"]) {
    await project.write(`plugins/${name}.ts`, plugin("return { done: true };"));
  }
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  const node = startUp(t, options);
  await node.line(({ event }) => event === "applied");
  t.after(async () => {
    node.kill("SIGTERM");
    await node.ended;
  });
  const run: Type = (line) => cli(wordsOf(line), options);
  return { database, run };
}

/** As a shell takes a line apart: double quotes hold words together. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}
