import type { DatabaseSettings, SchedulerSettings } from "../model/job.ts";
import type { SchedulerEvent } from "../views/event.ts";
import { canonicalJson } from "../model/json.ts";

type Emit = (event: SchedulerEvent) => void;

/** The settings as they are now, of which some hold only from the next start on. */
export class SettingsInForce {
  now: SchedulerSettings;
  readonly #started: SchedulerSettings;
  readonly #emit: Emit;
  #warnedOf = "";

  constructor(started: SchedulerSettings, emit: Emit) {
    this.now = started;
    this.#started = started;
    this.#emit = emit;
  }

  change(settings: SchedulerSettings): void {
    this.now = settings;
    const changed = needingRestart(this.#started, settings).join(", ");
    if (changed !== "" && changed !== this.#warnedOf) {
      const message = `${changed} changed in the config; this process still uses the old value`;
      this.#emit({ type: "problem", message, help: "restart it" });
    }
    this.#warnedOf = changed;
  }
}

/** Some settings decide what a process is built on; a change of theirs waits for the next start. */
function needingRestart(started: SchedulerSettings, now: SchedulerSettings): string[] {
  const identity = ({ url, schema, leaseMs, pooled }: DatabaseSettings): string =>
    canonicalJson({ url, schema, leaseMs, pooled: pooled ?? false });
  return [
    ...(identity(started.database) === identity(now.database) ? [] : ["database"]),
    ...(started.project === now.project ? [] : ["project"]),
    ...(started.nodeConcurrency === now.nodeConcurrency ? [] : ["node.concurrency"]),
  ];
}
