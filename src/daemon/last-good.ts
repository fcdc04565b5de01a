import { chown, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SchedulerSettings } from "../model/job.ts";
import { makeStateDirectory } from "./state-directory.ts";

/**
 * Keeps the settings of the last good config beside the state, so that a scheduler that is started
 * while the file is broken finds its database and goes on with the last good schedule.
 */
export async function saveSettings(stateDir: string, settings: SchedulerSettings): Promise<void> {
  await makeStateDirectory(stateDir);
  const file = fileOf(stateDir);
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, JSON.stringify(settings), { mode: 0o600 });
  // What root types beside a service must not leave a file that the service cannot read.
  if (process.getuid?.() === 0) {
    const { uid, gid } = await stat(stateDir);
    await chown(draft, uid, gid);
  }
  await rename(draft, file);
}

/** Null: no config was ever good here. */
export async function readSettings(stateDir: string): Promise<SchedulerSettings | null> {
  try {
    return JSON.parse(await readFile(fileOf(stateDir), "utf8")) as SchedulerSettings;
  } catch {
    return null;
  }
}

function fileOf(stateDir: string): string {
  return join(stateDir, "last-good-settings.json");
}
