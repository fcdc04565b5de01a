import assert from "node:assert/strict";
import { startUp } from "../../test/helpers/cli.ts";
import { testDatabase, type Cleanup } from "../../test/helpers/database.ts";
import { testProject } from "../../test/helpers/project.ts";

const CONFIG = `project: starts
jobs:
  tick: {schedule: {every: 1s}, command: ["true"]}
`;

/** Lines by which a node says that something went wrong. */
const WRONG = new Set(["problem", "rejected", "refused"]);

/**
 * Starts so many schedulers at once on an empty database, again and again: one of them makes the
 * tables and applies the file, the others find it done. Returns the revisions of each round.
 */
export async function proveStarts(
  t: Cleanup,
  { rounds, nodes }: { rounds: number; nodes: number },
): Promise<{ revisions: number[]; migrations: number[]; tookMs: number }> {
  const startedMs = performance.now();
  const revisions: number[] = [];
  const migrations: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await using cleanup = new AsyncDisposableStack();
    const own: Cleanup = { after: (clean) => cleanup.defer(clean) };
    const { database, url } = await testDatabase(own);
    await database.query("drop schema cronverge cascade");
    const places = await Promise.all(Array.from({ length: nodes }, () => testProject(own, CONFIG)));
    const env = { CRONVERGE_DATABASE_URL: url };
    const started = places.map(({ root }) => startUp(own, { cwd: root, env }));
    await Promise.all(
      started.map(async (node) => {
        const line = await node.line(
          ({ event }) => event === "applied" || WRONG.has(String(event)),
        );
        assert.equal(line["event"], "applied", JSON.stringify(line));
      }),
    );
    const [found] = await database.query<{ revisions: number; migrations: number }>(
      `select (select count(*) from config_revisions) as revisions,
              (select count(distinct xmin::text) from schema_migrations) as migrations`,
    );
    revisions.push(found?.revisions ?? 0);
    migrations.push(found?.migrations ?? 0);
    for (const node of started) node.kill("SIGTERM");
    for (const node of started) assert.equal(await node.ended, 0);
  }
  return { revisions, migrations, tookMs: performance.now() - startedMs };
}
