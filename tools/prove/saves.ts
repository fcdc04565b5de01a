import { rename, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { startUp } from "../../test/helpers/cli.ts";
import { testDatabase, type Cleanup } from "../../test/helpers/database.ts";
import { testProject } from "../../test/helpers/project.ts";
import { waitUntil } from "../../test/helpers/wait-until.ts";

export interface SavesFound {
  saves: number;
  /** From the last save until its content was in force. */
  inForceMs: number;
  revisions: number;
  /** Texts in force that nobody saved. */
  torn: number;
}

/** Saves a file again and again, in place and by rename, and sees what a scheduler makes of it. */
export async function proveSaves(
  t: Cleanup,
  { saves, withinMs }: { saves: number; withinMs: number },
): Promise<SavesFound> {
  const { database, url } = await testDatabase(t);
  const project = await testProject(t, content(0));
  const up = startUp(t, { cwd: project.root, env: { CRONVERGE_DATABASE_URL: url } });
  await up.line(({ event }) => event === "applied");
  const beganMs = performance.now();
  for (let n = 1; n <= saves; n += 1) {
    await save(project.configFile, n);
    await delay(Math.max(0, (withinMs * n) / saves - (performance.now() - beganMs)));
  }
  const savedMs = performance.now();
  const last = "select from scheduled_jobs where spec->>'description' = $1";
  await waitUntil(
    async () => (await database.query(last, [`save ${saves}`])).length > 0,
    "the last save",
  );
  const inForceMs = performance.now() - savedMs;
  const sources = await database.query<{ source: string }>("select source from config_revisions");
  const saved = new Set(Array.from({ length: saves + 1 }, (_, n) => content(n)));
  up.kill("SIGTERM");
  await up.ended;
  const torn = sources.filter(({ source }) => !saved.has(source)).length;
  return { saves, inForceMs, revisions: sources.length, torn };
}

/** Long enough not to be written at once; cut anywhere it says something else, or nothing. */
function content(n: number): string {
  const job = (index: number): string =>
    `  job-${index}: {command: ["true"], description: save ${n}}\n`;
  return `project: saves\njobs:\n${Array.from({ length: 200 }, (_, index) => job(index)).join("")}`;
}

async function save(file: string, n: number): Promise<void> {
  if (n % 2 === 0) return writeFile(file, content(n));
  await writeFile(`${file}.new`, content(n));
  await rename(`${file}.new`, file);
}
