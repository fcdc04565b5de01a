import type { SchedulerSettings } from "../model/job.ts";
import type { Database } from "../store/connection.ts";
import { settingsInForce } from "../store/revisions.ts";

/** A wake that was lost costs so much at most. */
const LOOK_MS = 30_000;

/** Follows the settings of the revision in force, for a node that reads no files. */
export function followSettings(options: {
  database: Database;
  onChanged: (settings: SchedulerSettings) => void;
}): () => Promise<number> {
  const { database, onChanged } = options;
  let known: number | null = null;
  return async () => {
    const found = await settingsInForce(database);
    if (found !== null && found.revision !== known) {
      known = found.revision;
      onChanged(found.settings);
    }
    return LOOK_MS;
  };
}
