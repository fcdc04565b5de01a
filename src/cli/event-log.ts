import { pino } from "pino";
import type { SchedulerEvent } from "../views/event.ts";
import { VERSION } from "../model/version.ts";
import { toDiagnosticItem } from "../views/diagnostic-item.ts";

type Level = "info" | "warn" | "error";

/** One event as a line of a log. */
interface Line {
  level: Level;
  message: string;
  fields: object;
}

/** Writes events as lines of JSON on stdout, for machines that keep logs. */
export function eventLog(): (event: SchedulerEvent) => void {
  const logger = pino(
    {
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    pino.destination({ dest: 1, sync: true }),
  );
  return (event) => {
    const { level, message, fields } = toLine(event);
    logger[level]({ event: event.type, ...fields }, message);
  };
}

function toLine(event: SchedulerEvent): Line {
  switch (event.type) {
    case "started": {
      const { nodeId: node_id, configFile: config_file, database } = event;
      const fields = { version: VERSION, node_id, config_file, database };
      return { level: "info", message: "scheduler started", fields };
    }
    case "applied": {
      const { plan, revision, commit, dirty, sinceSaveMs } = event;
      const changes = plan.changes.map(({ action, name, widened }) => ({ action, name, widened }));
      const fields = { revision, commit, dirty, since_save_ms: sinceSaveMs, changes };
      return { level: "info", message: "config applied", fields };
    }
    case "following": {
      const { revision, reason } = event;
      return { level: "warn", message: "following another revision", fields: { revision, reason } };
    }
    case "refused": {
      const fields = { reason: event.message, help: event.help };
      return { level: "error", message: "config refused; the last good schedule goes on", fields };
    }
    case "rejected":
    case "warned":
      return diagnosticLine(event);
    case "run_started":
    case "run_finished":
      return runLine(event);
    case "occurrences_skipped": {
      const fields = { jobs: event.jobNames, count: event.count };
      return { level: "warn", message: "missed occurrences skipped", fields };
    }
    case "abandoned": {
      const { executionId: execution_id, jobName: job_name, reason } = event;
      const fields = { execution_id, job_name, reason };
      return { level: "error", message: "execution abandoned", fields };
    }
    case "draining": {
      const fields = { running: event.running, grace_ms: event.graceMs };
      return { level: "info", message: "scheduler stopping", fields };
    }
    case "stopped":
      return { level: "info", message: "scheduler stopped", fields: {} };
    case "problem":
      return { level: "error", message: event.message, fields: { help: event.help } };
  }
}

function diagnosticLine(event: Extract<SchedulerEvent, { type: "rejected" | "warned" }>): Line {
  const fields = { diagnostics: event.diagnostics.map(toDiagnosticItem) };
  return event.type === "warned"
    ? { level: "warn", message: "config has warnings", fields }
    : { level: "error", message: "config rejected; the last good schedule goes on", fields };
}

function runLine(event: Extract<SchedulerEvent, { type: "run_started" | "run_finished" }>): Line {
  const run = { execution_id: event.executionId, job_name: event.jobName };
  if (event.type === "run_started") {
    const fields = { ...run, trigger: event.trigger, attempt: event.attempt };
    return { level: "info", message: "run started", fields };
  }
  const { status, reason, durationMs: duration_ms, error, nextRun: next_run } = event;
  return {
    level: status === "success" ? "info" : "error",
    message: "run finished",
    fields: { ...run, state: status, reason, duration_ms, said: event.message, error, next_run },
  };
}
