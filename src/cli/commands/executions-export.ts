import { once } from "node:events";
import { exportExecutions } from "../../store/export.ts";
import { jsonText } from "../../views/json-text.ts";
import { askedTime, type AskedTimeOptions } from "../asked-time.ts";
import type { CommandContext } from "../context.ts";
import { EXIT_INTERRUPTED, EXIT_OK } from "../exit.ts";
import { unknownJob } from "../find-job.ts";
import { findLedgerJob } from "../../store/ledger-job.ts";
import { parseDuration } from "../../schedule/duration.ts";
import { interruptions } from "../interruptions.ts";
import { zoneOf } from "../job-items.ts";
import { openSession } from "../session.ts";

export interface ExportOptions {
  job?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

/**
 * `executions export`: every execution that is kept, one JSON object a line, in the order in which
 * they were recorded. It waits for whoever reads it, so that no more than a page is in memory.
 */
export async function executionsExport(
  context: CommandContext,
  options: ExportOptions,
): Promise<number> {
  await using session = await openSession(context);
  using signals = interruptions();
  const { database, settings } = session;
  const job = options.job === undefined ? null : await findLedgerJob(database, options.job);
  if (options.job !== undefined && job === null) throw await unknownJob(session, options.job);
  const timezone = job === null ? settings.timezone : zoneOf(job.spec, settings.timezone);
  const nowMs = Date.now();
  const { since, until } = options;
  const sinceMs = since === undefined ? undefined : instantOf(since, { timezone, nowMs });
  const span = { timezone, nowMs, afterMs: sinceMs };
  const filter = {
    jobId: job?.id ?? null,
    since: sinceMs === undefined ? null : new Date(sinceMs),
    until: until === undefined ? null : new Date(instantOf(until, span)),
  };
  for await (const page of exportExecutions(database, filter)) {
    const text = page.map((row) => jsonText(row, { indent: 0 })).join("");
    if (!process.stdout.write(text)) await once(process.stdout, "drain");
    if (signals.interrupt.aborted) return EXIT_INTERRUPTED;
  }
  return EXIT_OK;
}

/** `1h` is an hour ago; else a time as `explain` reads it. */
function instantOf(text: string, options: AskedTimeOptions): number {
  const agoMs = parseDuration(text.trim().toLowerCase());
  return agoMs === null ? askedTime(text, options).fromMs : options.nowMs - agoMs;
}
