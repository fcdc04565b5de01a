import { once } from "node:events";
import { exportExecutions } from "../../store/export.ts";
import { jsonText } from "../../views/json-text.ts";
import { askedTime } from "../asked-time.ts";
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
  const filter = {
    jobId: job?.id ?? null,
    since: options.since === undefined ? null : instantOf(options.since, timezone),
    until: options.until === undefined ? null : instantOf(options.until, timezone),
  };
  for await (const page of exportExecutions(database, filter)) {
    const text = page.map((row) => jsonText(row, { indent: 0 })).join("");
    if (!process.stdout.write(text)) await once(process.stdout, "drain");
    if (signals.interrupt.aborted) return EXIT_INTERRUPTED;
  }
  return EXIT_OK;
}

/** `1h` is an hour ago; else a time as `explain` reads it. */
function instantOf(text: string, timezone: string): Date {
  const nowMs = Date.now();
  const agoMs = parseDuration(text.trim().toLowerCase());
  if (agoMs !== null) return new Date(nowMs - agoMs);
  return new Date(askedTime(text, { timezone, nowMs }).fromMs);
}
