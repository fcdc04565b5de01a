import type { LogLevel } from "../model/execution.ts";
import type { SqlParameter } from "./connection.ts";

/** What is asked for, of text: in any case, literally or as a regular expression. */
export interface LogText {
  kind: "literal" | "regex";
  text: string;
}

export interface LogFilter {
  /** Only this level, upper case; null is all. */
  level: Uppercase<LogLevel> | null;
  since: Date | null;
  /** Before then. */
  until?: Date | null;
  /** A part of the name of the module, in any case. */
  module?: string | null;
  /** What the job wrote under its former names counts too. */
  jobName: string | null;
  executionId: string | null;
}

/** Conditions on rows of `logs`, joined by `and`, and the values that they name. */
export interface Conditions {
  where: string[];
  parameters: SqlParameter[];
}

/** Only what is asked for, so that the planner sees what it is. */
export function logConditions(filter: LogFilter): Conditions {
  const conditions: Conditions = { where: [], parameters: [] };
  const { level, since, until = null, module = null, jobName, executionId } = filter;
  if (level !== null) conditions.where.push(`level = '${level}'`);
  if (since !== null) add(conditions, since, (value) => `timestamp >= ${value}::timestamptz`);
  if (until !== null) add(conditions, until, (value) => `timestamp < ${value}::timestamptz`);
  if (module !== null) {
    add(conditions, module, (value) => `position(lower(${value}) in lower(module)) > 0`);
  }
  if (jobName !== null) add(conditions, jobName, ofTheJob);
  if (executionId !== null) add(conditions, executionId, (value) => `execution_id = ${value}`);
  return conditions;
}

/** Adds a condition on a value, which `make` is given the name of. */
export function add(
  { where, parameters }: Conditions,
  value: SqlParameter,
  make: (name: string) => string,
): void {
  parameters.push(value);
  where.push(make(`$${parameters.length}`));
}

/** The whole `where` clause; empty where nothing is asked for. */
export function whereText({ where }: Conditions): string {
  return where.length === 0 ? "" : `where ${where.join(" and ")}`;
}

/** A pattern of LIKE that finds the text as it stands. */
export function likePattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}

// A job's lines stand under all names it had. Another job may have had one of them before or since,
// so a line counts only if its execution is not known to be another job's.
function ofTheJob(name: string): string {
  const key = `replace(${name}, '-', '_')`;
  return `
  replace(job_name, '-', '_') = any (array[${key}] || coalesce(
    (select former_names from scheduled_jobs where name_key = ${key}), '{}'))
  and not exists (
    select from executions e
     where e.id = execution_id
       and e.job_id <> (select id from scheduled_jobs where name_key = ${key}))`;
}
