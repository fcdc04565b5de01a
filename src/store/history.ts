import type { ExecutionStatus } from "../model/execution.ts";
import type { Database, SqlParameter } from "./connection.ts";
import type { JobExecution } from "./executions.ts";
import { EXECUTION, EXECUTION_JOINS } from "./executions.ts";

/** What is asked for, of any number. */
export interface HistoryQuestion {
  jobId: string | null;
  /** Only these states; `skipped` is shown only when it is named. */
  states: ExecutionStatus[];
  /** Started, or recorded where they never did, at that time or later. */
  since?: Date | null;
  /** Before then. */
  until?: Date | null;
}

export interface HistoryFilter extends HistoryQuestion {
  limit: number;
}

export interface History {
  entries: JobExecution[];
  /** All that match, before the limit. */
  total: number;
}

/** The newest executions first, by their start, or by their record where none was. */
export async function readHistory(db: Database, filter: HistoryFilter): Promise<History> {
  const [entries, total] = await Promise.all([readNewest(db, filter), countHistory(db, filter)]);
  return { entries, total };
}

/** How many executions a history has in these states. Exact, whoever wrote them. */
export async function countHistory(db: Database, question: HistoryQuestion): Promise<number> {
  if (question.states.length === 0) return 0;
  const [statement, parameters] = countStatement(question);
  const [count] = await db.query<{ total: number }>(
    `select (${statement})::bigint as total`,
    parameters,
    { idempotent: true },
  );
  return count?.total ?? 0;
}

function countStatement(question: HistoryQuestion): [string, SqlParameter[]] {
  const { jobId, states, since, until } = question;
  if ((since ?? until ?? null) !== null) return countBetween(question);
  return jobId === null ? [countAll(states), [states]] : [countOfJob(states), [jobId]];
}

const START = "coalesce(e.started_at, e.created_at)";

/**
 * Ids alone would do but for what is recorded together: they are made within one millisecond, in
 * which they have no order.
 */
const NEWEST_FIRST = `${START} desc, e.scheduled_for desc nulls last, e.id desc`;

/**
 * The newest of each state are found by an index of that state, and the newest of those are the newest
 * of all. Nothing is joined to more than are shown.
 */
async function readNewest(db: Database, filter: HistoryFilter): Promise<JobExecution[]> {
  const { jobId, limit } = filter;
  const states = [...new Set(filter.states)];
  if (states.length === 0) return [];
  const parameters: SqlParameter[] = jobId === null ? [limit] : [limit, jobId];
  const times = timesAsked(filter, parameters);
  const found = states.map((state) => newestOf(state, { jobId, times })).join(" union ");
  return db.query<JobExecution>(
    `select ${EXECUTION}
       from (select e.* from executions e where e.id in (${found})
              order by ${NEWEST_FIRST} limit $1) e ${EXECUTION_JOINS}
      order by ${NEWEST_FIRST}`,
    parameters,
    { idempotent: true },
  );
}

/** A state is a constant of the statement, because an index of some states serves no parameter. */
function newestOf(
  state: ExecutionStatus,
  { jobId, times }: { jobId: string | null; times: string },
): string {
  if (jobId === null) return newest(`e.status = '${state}'${times}`);
  const ofJob = `e.job_id = $2 and e.status = '${state}'${times}`;
  return state === "success" ? newestSuccesses(ofJob) : newest(ofJob);
}

function newest(condition: string): string {
  return `(select e.id from executions e where ${condition} order by ${NEWEST_FIRST} limit $1)`;
}

/**
 * The successes of a job: the newest records, with all that were recorded in the same millisecond as
 * the last of them (the first 13 characters of an id), and the newest of those that started later
 * than they were recorded.
 */
function newestSuccesses(condition: string): string {
  return `
(select e.id from executions e
  where ${condition} and e.id >= coalesce(
    (select left(e.id, 13) from executions e where ${condition}
      order by e.id desc offset $1::bigint - 1 limit 1), ''))
 union ${newest(`${condition} and e.started_at - e.created_at > interval '1 second'`)}`;
}

/** The condition on the time, as the end of another one; adds what it names to the parameters. */
function timesAsked({ since, until }: HistoryQuestion, parameters: SqlParameter[]): string {
  const condition = (compare: string, time: Date | null | undefined): string =>
    time === null || time === undefined
      ? ""
      : ` and ${START} ${compare} $${parameters.push(time)}::timestamptz`;
  return condition(">=", since) + condition("<", until);
}

const OPEN: readonly ExecutionStatus[] = ["pending", "running"];

const UNSUCCESSFUL: readonly ExecutionStatus[] = [
  "failed",
  "timed_out",
  "cancelled",
  "skipped",
  "abandoned",
];

/** Of a stretch of time the rows are counted: of all jobs by the index of each state, of one among its own. */
function countBetween(question: HistoryQuestion): [string, SqlParameter[]] {
  const { jobId, states } = question;
  const parameters: SqlParameter[] = jobId === null ? [] : [jobId];
  const times = timesAsked(question, parameters);
  const ofJob = jobId === null ? "" : " and e.job_id = $1";
  const counts = states.map(
    (state) => `(select count(*) from executions e where e.status = '${state}'${ofJob}${times})`,
  );
  return [counts.join(" + "), parameters];
}

/** What ended is counted as it ends; what is open is little. */
function countAll(states: readonly ExecutionStatus[]): string {
  const ended = "(select coalesce(sum(change), 0) from execution_counts where status = any ($1))";
  const open = OPEN.filter((state) => states.includes(state)).map(
    (state) => `(select count(*) from executions where status = '${state}')`,
  );
  return [ended, ...open].join(" + ");
}

/** The successes are what is left of all: those need no look at the rows, and no index of their own. */
function countOfJob(states: readonly ExecutionStatus[]): string {
  const count = (state: ExecutionStatus): string =>
    `(select count(*) from executions where job_id = $1 and status = '${state}')`;
  const others = [...UNSUCCESSFUL, ...OPEN];
  if (!states.includes("success")) {
    return others
      .filter((state) => states.includes(state))
      .map(count)
      .join(" + ");
  }
  const rest = others
    .filter((state) => !states.includes(state))
    .map((state) => `- ${count(state)}`);
  return ["(select count(*) from executions where job_id = $1)", ...rest].join(" ");
}
