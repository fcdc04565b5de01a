import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Makes the state directory where there is none, and keeps git out of it: a project that says
 * nothing of it in its own `.gitignore` must not commit a database. A directory that was there
 * before may hold other things than ours, and is left as it is.
 */
export async function makeStateDirectory(stateDir: string): Promise<void> {
  const created = await mkdir(stateDir, { recursive: true, mode: 0o711 });
  if (created === undefined) return;
  await writeFile(join(stateDir, ".gitignore"), "*\n", { flag: "wx" });
}
