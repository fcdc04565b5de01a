import { once } from "node:events";
import { open, rename, rm } from "node:fs/promises";
import type { LogFilter } from "../../store/log-filter.ts";
import { exportLogs } from "../../store/logs.ts";
import type { LogItem } from "../../views/logs.ts";
import type { LogFormat } from "../../views/logs-export.ts";
import { logWriting } from "../../views/logs-export.ts";
import { printable } from "../../views/printable.ts";
import type { CommandContext } from "../context.ts";
import { EXIT_INTERRUPTED, EXIT_OK } from "../exit.ts";
import { interruptions } from "../interruptions.ts";
import type { LogFilterOptions } from "../log-filter.ts";
import { refuseUnknownJob, toLogFilter } from "../log-filter.ts";
import { toLogItem } from "../log-items.ts";
import type { CommandResult } from "../result.ts";
import type { Session } from "../session.ts";
import { openSession } from "../session.ts";
import { readZones } from "../zones.ts";

export interface LogsExportOptions extends LogFilterOptions {
  format: LogFormat;
  output?: string | undefined;
  limit: number;
}

interface Exporting {
  format: LogFormat;
  filter: LogFilter;
  limit: number;
  signal: AbortSignal;
  /** Whether a person may see it as it is written. */
  terminal: boolean;
  write: (text: string) => Promise<void>;
}

/**
 * `logs export`: the newest entries that match, the oldest first, for programs. A file appears when it
 * is complete, or not at all. With `--json` and no file, the entries are part of the document.
 */
export async function logsExport(
  context: CommandContext,
  options: LogsExportOptions,
): Promise<CommandResult | number> {
  const { format, limit, output } = options;
  const filterIn = toLogFilter(options);
  await using session = await openSession(context);
  const filter = filterIn(await readZones(session));
  using signals = interruptions();
  const exporting = { format, filter, limit, signal: signals.interrupt };
  if (output !== undefined && output !== "-") {
    const exported_count = await toFile(session, { ...exporting, terminal: false, file: output });
    if (exported_count === null) return EXIT_INTERRUPTED;
    if (exported_count === 0) await refuseUnknownJob(session, options.job);
    return toResult({ exported_count, format, file_path: output });
  }
  if (context.json) {
    const entries: LogItem[] = [];
    for await (const page of exportLogs(session.database, filter, { limit })) {
      entries.push(...page.map(toLogItem));
    }
    if (entries.length === 0) await refuseUnknownJob(session, options.job);
    return toResult({ exported_count: entries.length, format, file_path: null, entries });
  }
  const terminal = process.stdout.isTTY;
  const count = await exportTo(session, { ...exporting, terminal, write: toStdout });
  if (count === null) return EXIT_INTERRUPTED;
  if (count === 0) await refuseUnknownJob(session, options.job);
  return EXIT_OK;
}

interface ExportData {
  exported_count: number;
  format: LogFormat;
  file_path: string | null;
  entries?: LogItem[];
}

function toResult(data: ExportData): CommandResult {
  const { exported_count: count, file_path: file } = data;
  const what = `${count} log ${count === 1 ? "entry" : "entries"}`;
  return {
    data,
    artifactType: "presentation_card",
    title: "Logs Exported",
    text: () => `Exported ${what} to ${printable(file ?? "")}\n`,
  };
}

/** Null: it was interrupted. */
async function toFile(
  session: Session,
  { file, ...exporting }: Omit<Exporting, "write"> & { file: string },
): Promise<number | null> {
  const draft = `${file}.${process.pid}.new`;
  try {
    let count: number | null;
    {
      await using handle = await open(draft, "w");
      const write = async (text: string): Promise<void> => void (await handle.write(text));
      count = await exportTo(session, { ...exporting, write });
      await handle.sync();
    }
    if (count !== null) await rename(draft, file);
    return count;
  } finally {
    await rm(draft, { force: true });
  }
}

async function exportTo({ database }: Session, exporting: Exporting): Promise<number | null> {
  const { format, filter, limit, terminal, signal, write } = exporting;
  const writing = logWriting(format, { terminal });
  let count = 0;
  await write(writing.head);
  for await (const page of exportLogs(database, filter, { limit })) {
    if (signal.aborted) return null;
    await write(writing.part(page.map(toLogItem), { first: count === 0 }));
    count += page.length;
  }
  await write(writing.tail({ empty: count === 0 }));
  return count;
}

async function toStdout(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}
