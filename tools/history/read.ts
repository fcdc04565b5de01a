import type { JobSpec } from "../../src/model/job.ts";
import type { Database } from "../../src/store/connection.ts";
import { exportExecutions } from "../../src/store/export.ts";
import { readJobEvents } from "../../src/store/job-events.ts";
import type { CheckedJob, HistoryRow, ScheduleSpan } from "./checker.ts";

/** The whole history of a database, through the export. */
export async function readHistoryRows(database: Database): Promise<HistoryRow[]> {
  const rows: HistoryRow[] = [];
  const filter = { jobId: null, since: null, until: null };
  for await (const page of exportExecutions(database, filter)) {
    rows.push(...JSON.parse(JSON.stringify(page)));
  }
  return rows;
}

/**
 * The jobs of a database, removed ones too, with the times in which their schedules were in force.
 * Whatever was due before the next run of a job must have its record.
 */
export async function readCheckedJobs(database: Database): Promise<CheckedJob[]> {
  const jobs = await database.query<{
    id: string;
    name: string;
    spec: JobSpec;
    nextRun: Date | null;
  }>(
    `select j.id, j.job_name as name, j.spec, c.next_run as "nextRun"
       from scheduled_jobs j left join job_clock c on c.job_id = j.id order by j.job_name`,
    [],
    { idempotent: true },
  );
  return Promise.all(
    jobs.map(async ({ id, name, spec, nextRun }) => {
      const events = await readJobEvents(database, id);
      const spans = events.flatMap(({ schedule, anchor, at }, index): ScheduleSpan[] => {
        if (schedule === null || anchor === null) return [];
        const until = events[index + 1]?.at.getTime();
        const untilMs = until ?? (nextRun === null ? Infinity : nextRun.getTime() - 1);
        const fromMs = at.getTime();
        return [
          { schedule, anchorMs: anchor.getTime(), fromMs, untilMs, cutShort: until !== undefined },
        ];
      });
      return { id, name, spec, spans };
    }),
  );
}
