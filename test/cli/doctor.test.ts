import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { cli } from "../helpers/cli.ts";
import { testProject } from "../helpers/project.ts";
import { parseOutput } from "./output-schemas.ts";

const CONFIG = `project: sick
database: {url: {env: SICK_URL}}
jobs:
  asks: {schedule: "@daily", http: {url: {env: ASKED_URL}}}
`;

test("doctor finds what is wrong without a database, without a config, and changes nothing", async (t) => {
  const project = await testProject(t, CONFIG);
  const look = async (env: Record<string, string>, cwd = project.root): Promise<string[]> => {
    const { code, stdout, stderr } = await cli(["doctor", "--json"], { cwd, env });
    assert.equal(stderr, "");
    const { data } = parseOutput("doctor", stdout);
    assert.deepEqual([code, data["healthy"]], [1, false]);
    const findings = data["findings"] as { level: string; check: string; message: string }[];
    return findings.flatMap(({ level, check, message }) =>
      level === "ok" ? [] : [`${level} ${check}: ${message}`],
    );
  };
  const [away, unset, outside] = await Promise.all([
    look({ SICK_URL: "postgres://a:secret@127.0.0.1:1/x" }),
    look({}),
    look({}, join(project.root, "..")),
  ]);
  assert.match(away.join("\n"), /hint config-lookups: .*ASKED_URL is not set/);
  assert.match(away.join("\n"), /wrong database-reachable: the database cannot be reached/);
  assert.doesNotMatch(away.join("\n"), /secret/);
  assert.match(unset.join("\n"), /wrong database-reachable: database\.url: the variable SICK_URL/);
  assert.match(outside.join("\n"), /wrong config-found/);
  assert.deepEqual(await readdir(project.root), ["services"]);

  await project.write("config.yaml", "jobs: [");
  assert.match((await look({})).join("\n"), /wrong config-valid: .* has \d+ error/);
});
