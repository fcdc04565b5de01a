import { BUILTIN_JOBS } from "../../src/builtin/index.ts";
import type { BuiltinContext, BuiltinResult } from "../../src/builtin/contract.ts";
import type { BuiltinName } from "../../src/model/builtins.ts";
import type { Database } from "../../src/store/connection.ts";

/** Runs a built-in as a scheduler would, with all its defaults and `enforce`. */
export function runBuiltin(
  builtin: BuiltinName,
  database: Database,
  given: Partial<BuiltinContext> = {},
): Promise<BuiltinResult> {
  return BUILTIN_JOBS[builtin].run({
    database,
    databaseName: null,
    parameters: {},
    enforce: true,
    limitMs: 300_000,
    log: () => undefined,
    signal: new AbortController().signal,
    ...given,
  });
}

/** The first column of what a query finds, as texts. */
export async function column(database: Database, query: string): Promise<string[]> {
  const rows = await database.query(query);
  return rows.map((row) => String(Object.values(row)[0]));
}

/** Only observes, then does it, then does it again; the counts must agree, and the last one be 0. */
export async function observeAndRun(
  builtin: BuiltinName,
  database: Database,
  given: Partial<BuiltinContext> = {},
): Promise<{ observed: BuiltinResult; done: BuiltinResult; again: BuiltinResult }> {
  const observed = await runBuiltin(builtin, database, { ...given, enforce: false });
  const done = await runBuiltin(builtin, database, given);
  const again = await runBuiltin(builtin, database, given);
  return { observed, done, again };
}
