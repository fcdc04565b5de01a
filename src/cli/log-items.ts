import type { LogEntry } from "../store/logs.ts";
import type { LogItem } from "../views/logs.ts";

export function toLogItem(entry: LogEntry): LogItem {
  return {
    id: entry.id,
    trace_id: entry.traceId,
    timestamp: entry.at.toISOString(),
    level: entry.level,
    module: entry.module,
    message: entry.message,
    metadata: entry.metadata,
    job_name: entry.jobName,
    execution_id: entry.executionId,
  };
}
