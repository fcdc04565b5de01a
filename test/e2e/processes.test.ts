import assert from "node:assert/strict";
import { test } from "node:test";
import { proveNeighbours } from "../../tools/prove/neighbours.ts";
import { proveOutput } from "../../tools/prove/output.ts";
import { cli } from "../helpers/cli.ts";
import { testDatabase } from "../helpers/database.ts";
import { testProject } from "../helpers/project.ts";

const NOT_LINUX: false | string = process.platform === "linux" ? false : "reads /proc";

test(
  "fifty megabytes of output cost little memory, and what is kept is bounded and marked",
  {
    skip: NOT_LINUX,
  },
  async (t) => {
    const { database, url } = await testDatabase(t);
    const found = await proveOutput(t, { url, database, bytes: 50_000_000 });
    assert.ok(
      found.grownBytes <= 64 * 1_048_576,
      `scheduler and launcher grew by ${found.grownBytes}`,
    );
    assert.ok(found.keptBytes <= found.limitBytes, String(found.keptBytes));
    assert.match(found.mark ?? "", /^… 49\d{6} bytes of output left out …$/);
    assert.equal(found.last, "the end");
  },
);

test("a busy loop and two jobs out of memory do not delay the job beside them", async (t) => {
  const { database, url } = await testDatabase(t);
  const { starts, failed, maxMs, reasons } = await proveNeighbours(t, { url, database, starts: 3 });
  assert.ok(starts >= 3);
  assert.equal(failed, 0);
  assert.ok(maxMs < 2_000, `it started ${maxMs} ms late`);
  const expected = ["buffers: out_of_memory", "heap: out_of_memory", "loops: timeout"];
  assert.deepEqual(Object.keys(reasons).sort(), expected);
});

/** A bell, a colour, a title, a cleared screen, a C1 control, NUL, and bytes that are no UTF-8. */
const HOSTILE = String.raw`a\000b\377c\007\033[31mred\033]0;title\007\033[2J\302\233m\rover`;

test("what a job writes is stored as it came, and never reaches a terminal as it came", async (t) => {
  const { database, url } = await testDatabase(t);
  const project = await testProject(
    t,
    `project: hostile
jobs:
  noisy: {schedule: "0 0 1 1 *", command: [printf, '${HOSTILE}\\n']}
  said: {schedule: "0 0 1 1 *"}
`,
  );
  await project.write(
    "plugins/said.ts",
    `export default ({ logger }) => { logger.info("a\\0b\\x1b[2Jc\\ud800", { k: "\\x9b" }); return "\\x1b[2J"; };\n`,
  );
  const options = { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } };
  assert.equal((await cli(["apply"], options)).code, 0);
  const ran = await cli(["jobs", "run", "noisy", "said"], options);
  assert.equal(ran.code, 0, ran.stderr);
  const stored = await database.query<{ message: string }>(
    "select message from logs where module in ('stdout', 'job') order by job_name, id",
  );
  assert.deepEqual(
    stored.map(({ message }) => message),
    [
      "a␀b\uFFFDc\u0007\u001b[31mred\u001b]0;title\u0007\u001b[2J\u009bm\rover",
      "a␀b\u001b[2Jc\uFFFD",
    ],
  );
  const shown = [
    ran,
    await cli(["logs", "view", "-n", "50"], options),
    await cli(["logs", "view", "--json"], options),
    await cli(["jobs", "history", "--json"], options),
  ];
  for (const { code, stdout, stderr } of shown) {
    assert.equal(code, 0, stderr);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(`${stdout}${stderr}`, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  }
  assert.match(shown[1]?.stdout ?? "", /a␀b\uFFFDc/);
});
