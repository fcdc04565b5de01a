import type { Database } from "../../src/store/connection.ts";
import { startUp } from "../../test/helpers/cli.ts";
import type { Cleanup } from "../../test/helpers/database.ts";
import { plugin, testProject } from "../../test/helpers/project.ts";

/** How late a well-behaved job starts beside jobs that are not. */
export interface NeighboursFound {
  /** Starts of the well-behaved job, all of which succeeded, beside the others. */
  starts: number;
  failed: number;
  /** In ms after the due time. */
  p50Ms: number;
  maxMs: number;
  /** How the others ended: reason and number. */
  reasons: Record<string, number>;
}

const CONFIG = `project: neighbours
jobs:
  steady: {schedule: {every: 1s}, command: ["true"]}
  loops: {schedule: {every: 2s}, timeout: 1s, grace: 100ms}
  heap: {schedule: {every: 2s}, memory: 128MiB}
  buffers: {schedule: {every: 2s}, memory: 128MiB}
`;

/** Runs the four jobs on one scheduler until the well-behaved one has started so often. */
export async function proveNeighbours(
  t: Cleanup,
  { url, database, starts }: { url: string; database: Database; starts: number },
): Promise<NeighboursFound> {
  const project = await testProject(t, CONFIG);
  await project.write("plugins/loops.ts", plugin("for (;;);"));
  await project.write(
    "plugins/heap.ts",
    plugin("const all = []; for (;;) all.push(new Array(1000).fill(all.length));"),
  );
  await project.write(
    "plugins/buffers.ts",
    plugin("const all = []; for (;;) all.push(Buffer.alloc(1e7, 1));"),
  );
  const up = startUp(t, { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } });
  for (let seen = 0; seen < starts; seen += 1) {
    await up.line((line) => line["event"] === "run_finished" && line["job_name"] === "steady");
  }
  up.kill("SIGTERM");
  await up.ended;
  return found(database);
}

async function found(database: Database): Promise<NeighboursFound> {
  const rows = await database.query<Row>(
    `select job_name as name, status, reason,
            extract(epoch from started_at - scheduled_for)::float8 * 1000 as late_ms
       from executions where started_at is not null and status <> 'cancelled'`,
  );
  const steady = rows.filter(({ name }) => name === "steady");
  const lateMs = steady.map((row) => row.late_ms).sort((a, b) => a - b);
  const reasons: Record<string, number> = {};
  for (const { name, reason } of rows) {
    if (name === "steady") continue;
    const key = `${name}: ${reason ?? "success"}`;
    reasons[key] = (reasons[key] ?? 0) + 1;
  }
  return {
    starts: steady.length,
    failed: steady.filter(({ status }) => status !== "success").length,
    p50Ms: lateMs[Math.floor(lateMs.length / 2)] ?? Number.NaN,
    maxMs: lateMs.at(-1) ?? Number.NaN,
    reasons,
  };
}

interface Row {
  name: string;
  status: string;
  reason: string | null;
  late_ms: number;
}
