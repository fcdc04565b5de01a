import { SchedulerError } from "../model/errors.ts";
import { ROUTINE_LINE } from "../model/routine-line.ts";
import type { Database } from "./connection.ts";
import { sqlState } from "./connection.ts";
import type { Conditions, LogFilter, LogText } from "./log-filter.ts";
import { add, likePattern, logConditions, whereText } from "./log-filter.ts";
import type { LogEntry } from "./logs.ts";
import { LOG_ENTRY } from "./logs.ts";
import type { Queryable } from "./queryable.ts";

export interface LogSearch extends LogFilter {
  text: LogText;
  limit: number;
}

/** A regular expression can take for ever; a text cannot. */
const REGEX_TIMEOUT_MS = 10_000;

/**
 * The newest `limit` lines whose message contains the text, or matches the expression, whatever the case;
 * oldest first. Warnings and errors have an index; of the rest, only what is newer than those that were
 * found needs to be read.
 *
 * @throws SchedulerError `usage` for an expression that is none, `database_failed` for one that takes
 * too long
 */
export async function searchLogs(
  db: Database,
  search: LogSearch,
  { timeoutMs = REGEX_TIMEOUT_MS }: { timeoutMs?: number } = {},
): Promise<LogEntry[]> {
  if (search.text.kind === "literal") {
    const options = { idempotent: true, deadlineMs: 60_000 };
    return searchIn({ query: (text, values) => db.query(text, values, options) }, search);
  }
  try {
    return await db.transaction(
      async (tx) => {
        await tx.script(`set local statement_timeout = ${Math.ceil(timeoutMs)}`);
        return searchIn(tx, search);
      },
      { idempotent: true },
    );
  } catch (error) {
    throw regexError(error, { text: search.text.text, timeoutMs });
  }
}

async function searchIn(db: Queryable, search: LogSearch): Promise<LogEntry[]> {
  const { level, limit } = search;
  const trouble = isRoutine(level) ? [] : await newest(db, troubleConditions(search), limit);
  if (level !== null && !isRoutine(level)) return trouble.reverse();
  const oldest = trouble.length < limit ? 0 : (trouble.at(-1)?.id ?? 0);
  const routine = await newest(db, routineConditions(search, oldest), limit);
  const found = [...trouble, ...routine].sort((a, b) => b.id - a.id);
  return found.slice(0, limit).reverse();
}

function isRoutine(level: LogFilter["level"]): boolean {
  return level === "DEBUG" || level === "INFO";
}

function newest(db: Queryable, conditions: Conditions, limit: number): Promise<LogEntry[]> {
  return db.query<LogEntry>(
    `select ${LOG_ENTRY} from logs ${whereText(conditions)} order by id desc limit ${limit}`,
    conditions.parameters,
  );
}

/** The levels are named as the indexes name them. */
function troubleConditions(search: LogSearch): Conditions {
  const conditions = logConditions(search);
  const { kind, text } = search.text;
  conditions.where.push("level in ('WARN', 'ERROR')");
  if (kind === "regex") add(conditions, text, (name) => `message ~* ${name}`);
  else add(conditions, likePattern(text), (name) => `message ilike ${name}`);
  return conditions;
}

function routineConditions(search: LogSearch, afterId: number): Conditions {
  const conditions = logConditions(search);
  const { kind, text } = search.text;
  conditions.where.push("level in ('DEBUG', 'INFO')");
  if (afterId > 0) add(conditions, afterId, (name) => `id > ${name}::bigint`);
  if (kind === "regex") {
    add(conditions, text, (name) => `message ~* ${name}`);
    return conditions;
  }
  const lower = text.toLowerCase();
  // Half of a log may be this one line, which is compared sooner than searched.
  if (!ROUTINE_LINE.toLowerCase().includes(lower)) {
    conditions.where.push(`message <> '${ROUTINE_LINE}'`);
  }
  // Letters of ASCII need no tables of all languages, which would take most of the time.
  if (isAscii(text)) {
    add(conditions, likePattern(lower), (name) => `lower(message collate "C") like ${name}`);
  } else add(conditions, likePattern(text), (name) => `message ilike ${name}`);
  return conditions;
}

function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text);
}

const INVALID_REGEX = "2201B";
const QUERY_CANCELED = "57014";

function regexError(
  error: unknown,
  { text, timeoutMs }: { text: string; timeoutMs: number },
): unknown {
  const state = sqlState(error);
  if (state === INVALID_REGEX) {
    return new SchedulerError("usage", `'${text}' is not a regular expression`, {
      help: "without --regex, the pattern is taken literally",
      cause: error,
    });
  }
  if (state !== QUERY_CANCELED) return error;
  const message = `the regular expression took longer than ${timeoutMs / 1_000} s`;
  return new SchedulerError("database_failed", message, {
    help: "narrow it down with --since, --level or --job, or search for a text without --regex",
    cause: error,
  });
}
