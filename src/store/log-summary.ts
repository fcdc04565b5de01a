import type { LogLevel } from "../model/execution.ts";
import type { Database } from "./connection.ts";
import type { LogFilter } from "./log-filter.ts";
import { logConditions, whereText } from "./log-filter.ts";

export interface LogSummary {
  total: number;
  byLevel: Record<LogLevel, number>;
  /** The most lines first. */
  byModule: Named[];
  /** The most lines first; lines of no job count for none. */
  byJob: Named[];
  earliest: Date | null;
  latest: Date | null;
  /** Of the whole table, whatever was asked for. */
  rows: number;
}

export interface Named {
  name: string;
  count: number;
}

interface Group {
  kind: "all" | "level" | "module" | "job";
  name: string | null;
  count: number;
  earliest: Date | null;
  latest: Date | null;
}

/** Counts the lines that match, in one reading of them. */
export async function summarizeLogs(db: Database, filter: LogFilter): Promise<LogSummary> {
  const conditions = logConditions(filter);
  const groups = await db.query<Group>(
    `select case grouping(level, module, job_name)
              when 3 then 'level' when 5 then 'module' when 6 then 'job' else 'all' end as kind,
            coalesce(level, module, job_name) as name, count(*) as count,
            min(timestamp) as earliest, max(timestamp) as latest
       from logs ${whereText(conditions)}
      group by grouping sets ((), (level), (module), (job_name))
      order by count desc, name`,
    conditions.parameters,
    { idempotent: true, deadlineMs: 60_000 },
  );
  const all = groups.find(({ kind }) => kind === "all");
  const named = (kind: Group["kind"]): Named[] =>
    groups.flatMap((group) =>
      group.kind === kind && group.name !== null ? [{ name: group.name, count: group.count }] : [],
    );
  const ofLevel = (level: LogLevel): number =>
    named("level").find(({ name }) => name === level.toUpperCase())?.count ?? 0;
  return {
    total: all?.count ?? 0,
    byLevel: {
      debug: ofLevel("debug"),
      info: ofLevel("info"),
      warn: ofLevel("warn"),
      error: ofLevel("error"),
    },
    byModule: named("module"),
    byJob: named("job"),
    earliest: all?.earliest ?? null,
    latest: all?.latest ?? null,
    rows: conditions.where.length === 0 ? (all?.count ?? 0) : await countRows(db),
  };
}

async function countRows(db: Database): Promise<number> {
  const [row] = await db.query<{ count: number }>("select count(*) as count from logs", [], {
    idempotent: true,
  });
  return row?.count ?? 0;
}
