import type { Database } from "../store/connection.ts";
import { nextRunsOfJobs } from "../store/jobs.ts";
import { startBatch } from "./batch.ts";

/** Jobs that go into one statement. */
const MAX_TOGETHER = 500;

/**
 * Tells when a job is due next, as ISO 8601; null when it is not registered or has no more. Runs that
 * end together ask together: a question for each would cost more than the record of its end.
 */
export function nextRunReader(database: Database): (jobId: string) => Promise<string | null> {
  const batch = startBatch<string, string | null>({
    max: MAX_TOGETHER,
    async write(jobIds) {
      const found = await nextRunsOfJobs(database, jobIds);
      return jobIds.map((jobId) => found.get(jobId)?.toISOString() ?? null);
    },
  });
  return (jobId) => batch.add(jobId);
}
