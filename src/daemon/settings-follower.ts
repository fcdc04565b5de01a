import type { SchedulerSettings } from "../model/job.ts";
import type { Database } from "../store/connection.ts";
import { settingsInForce } from "../store/revisions.ts";

/** A wake that was lost costs so much at most. */
const LOOK_MS = 30_000;

/** The settings in force, for a node that reads no files; an older version may have kept less of them. */
export async function readSettings(
  database: Database,
  defaults: SchedulerSettings,
): Promise<SchedulerSettings> {
  const found = await settingsInForce(database);
  return { ...defaults, ...found?.settings };
}

/** Follows the settings of the revision in force. */
export function followSettings(options: {
  database: Database;
  defaults: SchedulerSettings;
  onChanged: (settings: SchedulerSettings) => void;
}): () => Promise<number> {
  const { database, defaults, onChanged } = options;
  let known: number | null = null;
  return async () => {
    const found = await settingsInForce(database);
    if (found !== null && found.revision !== known) {
      known = found.revision;
      onChanged({ ...defaults, ...found.settings });
    }
    return LOOK_MS;
  };
}
