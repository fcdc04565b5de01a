import { setTimeout as delay } from "node:timers/promises";
import { jsonText } from "../../views/json-text.ts";
import type { LogItem } from "../../views/logs.ts";
import { renderLogLine } from "../../views/logs.ts";
import type { CommandContext } from "../context.ts";
import { EXIT_INTERRUPTED } from "../exit.ts";
import { interruptions } from "../interruptions.ts";
import { toLogFilter } from "../log-filter.ts";
import { toLogItem } from "../log-items.ts";
import { LogTail } from "../log-tail.ts";
import { openSession } from "../session.ts";
import { readZones } from "../zones.ts";
import type { LogsOptions } from "./logs-view.ts";

const POLL_MS = 500;

/**
 * `logs view --follow`: entries as they are written, until Ctrl-C. With `--json`, each is one line
 * of JSON, because there is no end at which one document could be closed.
 */
export async function logsFollow(context: CommandContext, options: LogsOptions): Promise<number> {
  const { terminal, json } = context;
  const filterIn = toLogFilter(options);
  await using session = await openSession(context);
  using signals = interruptions();
  const zoneOf = await readZones(session);
  const show = (item: LogItem): void =>
    terminal.out(
      json
        ? jsonText(item, { indent: 0 })
        : renderLogLine(item, { color: terminal.outColor, zoneOf }),
    );
  const tail = new LogTail(session.database, filterIn(zoneOf));
  for (const entry of await tail.first(options.limit)) show(toLogItem(entry));
  while (!signals.interrupt.aborted) {
    const { entries, more } = await tail.next();
    for (const entry of entries) show(toLogItem(entry));
    if (more) continue;
    await delay(POLL_MS, undefined, { signal: signals.interrupt }).catch(() => undefined);
  }
  return EXIT_INTERRUPTED;
}
