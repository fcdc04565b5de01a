import assert from "node:assert/strict";
import { test } from "node:test";
import { together } from "../helpers/together.ts";
import { jsonProject, read } from "./json-project.ts";
import { OUTPUT_SCHEMAS, parseOutput, WRITING } from "./output-schemas.ts";

/** Command lines that change nothing, by the schema of their output. */
const READING: [schema: string, line: string, code?: number][] = [
  ["check", "check"],
  ["jobs-list", "jobs list"],
  ["jobs-show", "jobs show greet"],
  ["jobs-show", "jobs show spare"],
  ["jobs-history", "jobs history"],
  ["jobs-next", "jobs next -n 3"],
  ["jobs-versions", "jobs versions greet"],
  ["plan", "plan --detailed-exitcode"],
  ["logs-view", "logs view --level info"],
  ["logs-search", "logs search HI --job greet"],
  ["logs-show", "logs show 1"],
  ["logs-export", "logs export --module stdout"],
  ["logs-summary", "logs summary"],
  ["revisions-list", "revisions list"],
  ["revisions-show", "revisions show 1"],
  ["revisions-diff", "revisions diff 1"],
  ["blame", "blame greet"],
  ["explain", "explain greet 2099-01-01T00:00:00Z"],
  ["why", "why greet"],
  ["why", "why spare"],
  ["schema", "schema"],
  ["playbooks-list", "playbooks list"],
  ["playbooks-show", "core playbooks show cli_jobs"],
  ["nodes-list", "nodes list --all"],
  ["status", "status", 1],
  ["db-status", "db status"],
  ["doctor", "doctor", 1],
];

test("what only reads keeps to the schema of its output, before and after an apply", async (t) => {
  const { run } = await jsonProject(t);
  const [list, planned] = await together(["jobs list", "plan --detailed-exitcode"], run);
  assert.ok(list && planned);
  assert.equal(read("jobs-list", list).data["total"], 12, "what is available counts too");
  read("plan", planned, 2);
  await run("apply");
  await run("jobs run greet fails spare");
  await run("jobs disable greet --reason tests");

  const documents = new Map<string, Record<string, unknown>>();
  await together(READING, async ([schema, line, code]) => {
    documents.set(line, read(schema, await run(line), code).data);
  });
  const of = (line: string, key: string): unknown => documents.get(line)?.[key];
  assert.equal(of("check", "jobs"), 5);
  assert.deepEqual(of("jobs show greet", "parameters"), { name: "world", api_token: "***" });
  assert.ok(Number(of("logs view --level info", "total")) > 0);
  assert.equal(of("logs search HI --job greet", "total"), 1);
  assert.match(String(of("revisions show 1", "source")), /^timezone: Europe\/Paris\njobs:\n/);

  const schemas = new Set(READING.map(([schema]) => schema));
  // A line of `executions export` is no document: test/cli/export.test.ts. Those of `db` need an
  // embedded database: test/cli/database.test.ts.
  const database = ["db-export", "db-import", "db-migrate", "db-stop"];
  const others = [...WRITING, ...database, "error", "execution"];
  assert.deepEqual([...schemas, ...others].sort(), [...OUTPUT_SCHEMAS].sort());
  const { code, stdout, stderr } = await run("jobs show nobody");
  assert.deepEqual([code, stdout], [1, ""]);
  parseOutput("error", stderr);
});
