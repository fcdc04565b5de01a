import { commitText } from "./commit-text.ts";
import { elapsedText } from "./elapsed.ts";
import type { HistoryEntry } from "./history.ts";
import type { NodeItem } from "./nodes.ts";
import { renderNodes } from "./nodes.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./printable.ts";
import type { RevisionItem } from "./revisions.ts";
import { zonedTime } from "./schedule-times.ts";
import { stateCell } from "./status-style.ts";
import { firstLine, renderFields, renderTable } from "./table.ts";
import type { UpcomingRun } from "./upcoming.ts";
import { renderUpcoming } from "./upcoming.ts";

/** The JSON of `status`. */
export interface StatusData {
  healthy: boolean;
  /** Why it is not healthy, as sentences. */
  problems: string[];
  database: "embedded" | "external";
  /** The state directory of an embedded one: there may be several. */
  database_directory: string | null;
  revision: RevisionItem | null;
  nodes: NodeItem[];
  jobs: {
    total: number;
    enabled: number;
    disabled: number;
    overridden: number;
    crashed: number;
    paused: number;
  };
  /** Jobs whose last run failed; one that was cancelled does not count. */
  failing: { job_name: string; error: string }[];
  /** Jobs whose code cannot be loaded. */
  crashed: { job_name: string; error: string }[];
  /** Jobs that their failures paused. */
  paused: { job_name: string; since: string; error: string }[];
  /** `retrying` are those of the pending ones that wait for their next attempt. */
  executions: { running: number; pending: number; retrying: number };
  log_retention: LogRetentionItem;
  running: HistoryEntry[];
  /** The next attempt first. */
  retrying: HistoryEntry[];
  next: UpcomingRun[];
}

/** How many days lines of the log are kept, by their level. */
export interface LogRetentionItem {
  debug_days: number;
  info_days: number;
  warn_days: number;
  error_days: number;
  /** The `log-cleanup` job that keeps them longer than `retention.logs` says. */
  kept_by: string | null;
}

export interface StatusOptions {
  color: Paint;
  timezone: string;
  nowMs: number;
}

/** Whether the scheduler works, what is in force, what runs and what is due. */
export function renderStatus(data: StatusData, options: StatusOptions): string {
  const { color } = options;
  const verdict = data.healthy
    ? color("green", "healthy")
    : [color("red", "not healthy"), ...data.problems.map((text) => `  ${printable(text)}`)].join(
        "\n",
      );
  const sections = [
    `${verdict}\n`,
    data.failing.length === 0 ? "" : failingText(data.failing, color),
    renderFields(summaryFields(data, options), { color }),
    data.nodes.length === 0 ? "" : renderNodes(data.nodes, options),
    data.running.length === 0 ? "" : renderRunning(data.running, options),
    data.retrying.length === 0 ? "" : renderRetrying(data.retrying, options),
    data.next.length === 0
      ? ""
      : renderUpcoming({ more: [], runs: data.next, total: 0 }, { color }),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

const FAILING_SHOWN = 10;

function failingText(failing: StatusData["failing"], color: Paint): string {
  const title =
    failing.length === 1
      ? "The last run of 1 job failed:"
      : `The last runs of ${failing.length} jobs failed:`;
  const left = failing.length - FAILING_SHOWN;
  const rows = failing
    .slice(0, FAILING_SHOWN)
    .map(
      ({ job_name, error }) => `  ${printable(job_name)}  ${printable(error.split("\n")[0] ?? "")}`,
    );
  return [color("yellow", title), ...rows, ...(left > 0 ? [`  … and ${left} more`] : []), ""].join(
    "\n",
  );
}

function summaryFields(
  { jobs, executions, database_directory, revision, log_retention }: StatusData,
  { timezone }: StatusOptions,
): [string, string][] {
  const counts = [
    `${jobs.enabled} enabled`,
    `${jobs.disabled} disabled`,
    ...(jobs.overridden > 0 ? [`${jobs.overridden} set by hand`] : []),
    ...(jobs.crashed > 0 ? [`${jobs.crashed} crashed`] : []),
    ...(jobs.paused > 0 ? [`${jobs.paused} paused`] : []),
  ];
  return [
    ["Revision", revision === null ? "nothing was applied yet" : revisionText(revision, timezone)],
    ["Jobs", `${jobs.total} (${counts.join(", ")})`],
    ["Executions", executionsText(executions)],
    ["Logs", retentionText(log_retention)],
    [
      "Database",
      database_directory === null ? "PostgreSQL" : `embedded PostgreSQL in ${database_directory}`,
    ],
  ];
}

function executionsText({ running, pending, retrying }: StatusData["executions"]): string {
  const again = retrying > 0 ? ` (${retrying} for another attempt)` : "";
  return `${running} running, ${pending} waiting${again}`;
}

function retentionText({ kept_by, ...days }: LogRetentionItem): string {
  const { debug_days: debug, info_days: info, warn_days: warn, error_days: error } = days;
  const alike = new Set([debug, info, warn, error]).size === 1;
  const text = alike
    ? `kept ${info} days`
    : `kept by level: debug ${debug}, info ${info}, warn ${warn}, error ${error} days`;
  return kept_by === null ? text : `${text}, as long as ${printable(kept_by)} says`;
}

function revisionText(revision: RevisionItem, timezone: string): string {
  const { id, git_commit, git_dirty, git_subject, applied_at, applied_by } = revision;
  const facts = { subject: git_subject, dirty: git_dirty };
  const commit = git_commit === null ? "" : `, ${commitText({ commit: git_commit, ...facts })}`;
  return `${id}${commit}, applied ${zonedTime(applied_at, timezone)} by ${applied_by}`;
}

function renderRunning(running: readonly HistoryEntry[], { color, nowMs }: StatusOptions): string {
  return renderTable(running, {
    color,
    columns: [
      { title: "EXECUTION", cell: (entry) => entry.execution_id },
      { title: "JOB", cell: (entry) => entry.job_name },
      { title: "STATE", cell: (entry) => stateCell(entry.state) },
      {
        title: "FOR",
        cell: ({ run_at }) =>
          run_at === null ? null : elapsedText(Math.max(0, nowMs - Date.parse(run_at))),
      },
      { title: "TRIGGER", cell: (entry) => entry.trigger },
    ],
  });
}

function renderRetrying(
  retrying: readonly HistoryEntry[],
  { color, timezone }: StatusOptions,
): string {
  return renderTable(retrying, {
    color,
    columns: [
      { title: "EXECUTION", cell: (entry) => entry.execution_id },
      { title: "JOB", cell: (entry) => entry.job_name },
      {
        title: "NEXT ATTEMPT",
        cell: ({ retry_at: at }) => (at === null ? null : zonedTime(at, timezone)),
      },
      { title: "NUMBER", cell: (entry) => `${entry.attempt + 1} of ${entry.max_attempts}` },
      { title: "LAST ERROR", cell: ({ attempts }) => firstLine(attempts.at(-1)?.error ?? null) },
    ],
  });
}
