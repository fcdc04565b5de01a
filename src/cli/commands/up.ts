import type { SchedulerEvent } from "../../views/event.ts";
import type { NodeRole } from "../../model/node-role.ts";
import { startGivingBack } from "../../daemon/give-back.ts";
import { runScheduler } from "../../daemon/scheduler.ts";
import { SchedulerError } from "../../model/errors.ts";
import { VERSION } from "../../model/version.ts";
import { renderEvent } from "../../views/event-lines.ts";
import type { CommandContext } from "../context.ts";
import { displayName } from "../context.ts";
import { EndSignals } from "../end-signals.ts";
import { eventLog } from "../event-log.ts";
import { EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK } from "../exit.ts";
import { followZones } from "../job-zones.ts";
import { printError } from "../output.ts";

export interface UpOptions {
  graceMs: number;
  role: Exclude<NodeRole, "once">;
  applyAlways: boolean;
  /** Of the database of a worker without a config. */
  schema?: string | undefined;
}

/** `up`: runs the scheduler until a signal ends it. Resolves to the exit code. */
export async function up(context: CommandContext, options: UpOptions): Promise<number> {
  const { graceMs, role, applyAlways, schema } = options;
  if (schema !== undefined && role !== "worker") {
    throw new SchedulerError("usage", "--schema is for --role worker", {
      help: "name it in the config: database.schema",
    });
  }
  if (applyAlways && role === "worker") {
    throw new SchedulerError("usage", "a worker applies no file, so --apply means nothing to it");
  }
  const place = role === "worker" ? context.locateOrHere() : context.locate();
  const name = displayName(place.configFile);
  const zones = await followZones(place.configFile);
  const report = reporter(context, zones.zoneOf);
  using signals = new EndSignals();
  using _ = startGivingBack();
  const scheduler = await runScheduler({
    place,
    displayName: name,
    role,
    applyAlways,
    ...(schema === undefined ? {} : { schema }),
    emit(event) {
      zones.follow(event);
      report(event);
    },
  });
  signals.onReload = () => scheduler.reload();
  const ending = await signals.first;
  if (ending.by === "bug") await printError(ending.error, context);
  await scheduler.stop({ graceMs: ending.by === "bug" ? 0 : graceMs, signal: signals.second });
  if (ending.by === "bug") return EXIT_FAILED;
  return ending.by === "SIGTERM" ? EXIT_OK : EXIT_INTERRUPTED;
}

/** A person gets text, a machine gets lines of JSON. */
function reporter(
  { terminal, json }: CommandContext,
  zoneOf: (jobName: string) => string,
): (event: SchedulerEvent) => void {
  if (json || !process.stdout.isTTY) return eventLog();
  const { outColor: color, width } = terminal;
  return (event) => terminal.out(renderEvent(event, { color, width, version: VERSION, zoneOf }));
}
