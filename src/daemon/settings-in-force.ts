import type { DatabaseSettings, SchedulerSettings } from "../model/job.ts";
import type { SchedulerEvent } from "../views/event.ts";
import { canonicalJson } from "../model/json.ts";

type Emit = (event: SchedulerEvent) => void;

/** The settings as they are now, of which some hold only from the next start on. */
export class SettingsInForce {
  now: SchedulerSettings;
  readonly #started: SchedulerSettings;
  readonly #emit: Emit;

  constructor(started: SchedulerSettings, emit: Emit) {
    this.now = started;
    this.#started = started;
    this.#emit = emit;
  }

  change(settings: SchedulerSettings): void {
    this.now = settings;
    warnOfRestart(this.#started, settings, this.#emit);
  }
}

/** Some settings decide what a process is built on; a change of theirs waits for the next start. */
function warnOfRestart(started: SchedulerSettings, now: SchedulerSettings, emit: Emit): void {
  const identity = ({ url, schema, leaseMs, pooled }: DatabaseSettings): string =>
    canonicalJson({ url, schema, leaseMs, pooled: pooled ?? false });
  const changed = [
    ...(identity(started.database) === identity(now.database) ? [] : ["database"]),
    ...(started.project === now.project ? [] : ["project"]),
    ...(started.nodeConcurrency === now.nodeConcurrency ? [] : ["node.concurrency"]),
  ];
  if (changed.length === 0) return;
  const message = `${changed.join(", ")} changed in the config; this process still uses the old value`;
  emit({ type: "problem", message, help: "restart the scheduler" });
}
