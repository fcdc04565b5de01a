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

/**
 * Writes events as lines of JSON on stdout, for machines that keep logs. Those of one turn of the
 * event loop are written together: hundreds of runs may end in one statement, and a write for each
 * would cost more than their records.
 */
export function eventLog(): (event: SchedulerEvent) => void {
  const timestamp = timestampField();
  let waiting = "";
  const flush = (): void => {
    const text = waiting;
    waiting = "";
    // Nobody may read any more; the program ends by what it hears of its own stdout.
    if (text !== "") process.stdout.write(text);
  };
  const logger = pino(
    {
      base: { pid: process.pid },
      timestamp,
      formatters: { level: (level) => ({ level }) },
    },
    {
      write(line: string) {
        if (waiting === "") setImmediate(flush);
        waiting += line;
      },
    },
  );
  process.on("exit", flush);
  return (event) => {
    const { level, message, fields } = toLine(event);
    logger[level]({ event: event.type, ...fields }, message);
  };
}

/** The field of a line that says when; those of one millisecond share it. */
function timestampField(): () => string {
  let written = { atMs: Number.NaN, field: "" };
  return () => {
    const nowMs = Date.now();
    if (nowMs !== written.atMs) {
      written = { atMs: nowMs, field: `,"time":"${new Date(nowMs).toISOString()}"` };
    }
    return written.field;
  };
}

function toLine(event: SchedulerEvent): Line {
  switch (event.type) {
    case "started": {
      const { nodeId: node_id, role, configFile: config_file, database, others } = event;
      const fields = { version: VERSION, node_id, role, config_file, database, others };
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
    case "attempt_failed":
      return runLine(event);
    case "late": {
      const { dueAt: due_at, lateMs, started } = event;
      const fields = { ...idsOf(event), due_at, late_ms: Math.round(lateMs), started };
      return { level: "warn", message: "execution late", fields };
    }
    case "deadline_passed":
      return { level: "error", message: "deadline passed while waiting", fields: idsOf(event) };
    case "job_paused": {
      const fields = { ...idsOf(event), reason: event.message };
      return { level: "error", message: "job paused", fields };
    }
    case "occurrences_skipped": {
      const fields = { jobs: event.jobNames, count: event.count };
      return { level: "warn", message: "missed occurrences skipped", fields };
    }
    case "abandoned": {
      const { reason, retryAt: retry_at } = event;
      const fields = { ...idsOf(event), reason, retry_at };
      return { level: "error", message: "execution abandoned", fields };
    }
    case "zone_data": {
      const { version, moved } = event;
      const times = moved.map(({ jobName: job_name, from, to }) => ({ job_name, from, to }));
      const message = "newer rules of time zones move due times";
      return { level: "warn", message, fields: { version, moved: times } };
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

function runLine(
  event: Extract<SchedulerEvent, { type: "run_started" | "run_finished" | "attempt_failed" }>,
): Line {
  const run = idsOf(event);
  if (event.type === "run_started") {
    const fields = { ...run, trigger: event.trigger, attempt: event.attempt };
    return { level: "info", message: "run started", fields };
  }
  const { status, reason, durationMs: duration_ms, error } = event;
  const ended = { ...run, state: status, reason, duration_ms, error };
  if (event.type === "attempt_failed") {
    const { attempt, maxAttempts: max_attempts, retryAt: retry_at } = event;
    const fields = { ...ended, attempt, max_attempts, retry_at };
    return { level: "warn", message: "attempt failed", fields };
  }
  return {
    level: status === "success" ? "info" : "error",
    message: "run finished",
    fields: { ...ended, said: event.message, next_run: event.nextRun },
  };
}

function idsOf({ executionId, jobName }: { executionId: string; jobName: string }): {
  execution_id: string;
  job_name: string;
} {
  return { execution_id: executionId, job_name: jobName };
}
