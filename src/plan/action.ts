import type { DesiredStatus, RuntimeStatus, ServiceAction } from "../model/service.ts";

const ACTIONS = {
  enabled: {
    running: "none",
    starting: "none",
    stopped: "start",
    crashed: "restart",
    orphaned: "restart",
  },
  disabled: {
    running: "stop",
    starting: "stop",
    stopped: "cleanup-db",
    crashed: "cleanup-db",
    orphaned: "cleanup-process",
  },
} as const satisfies Record<DesiredStatus, Record<RuntimeStatus, ServiceAction>>;

/**
 * What brings a service or registration to where the file wants it. Null for `desired` is no longer
 * in the file, which is as good as disabled; null for `runtime` is no row and nothing running.
 */
export function serviceAction(
  desired: DesiredStatus | null,
  runtime: RuntimeStatus | null,
): ServiceAction {
  if (runtime === null) return desired === "enabled" ? "start" : "none";
  return ACTIONS[desired ?? "disabled"][runtime];
}
