/** One command line of a seed, and what it must give. */
export interface SeedLine {
  /** Without the name of the program: `infra jobs list`. */
  line: string;
  /** The title of its result; it is typed once more with `--json` to see that. */
  title: string;
  /** The fields of `data` that the seed shows; a dot goes into the first entry of a list. */
  fields: string[];
  code?: number;
}

const LIST_FIELDS = ["jobs.name", "jobs.description", "jobs.schedule", "jobs.enabled", "total"];

const SHOW_FIELDS = (
  "name description schedule schedule_human enabled last_run next_run last_status last_error " +
  "run_count"
).split(" ");

const RUN_FIELDS = (
  "jobs_run.job_name jobs_run.status jobs_run.duration_ms jobs_run.result.success " +
  "jobs_run.result.message jobs_run.result.items_processed jobs_run.result.items_failed " +
  "total succeeded failed"
).split(" ");

const HISTORY_FIELDS = "entries.job_name entries.status entries.run_at entries.error total".split(
  " ",
);

const SWITCH_FIELDS = ["job_name", "enabled", "message"];
const SESSION_FIELDS = ["job_name", "sessions_cleaned", "hours_threshold", "message"];
const LOG_FIELDS = ["job_name", "entries_deleted", "days_threshold", "message"];
const ENTRY_FIELDS = ["entries.timestamp", "entries.level", "entries.message", "total"];

const list = (line: string): SeedLine => ({ line, title: "Available Jobs", fields: LIST_FIELDS });

const show = (line: string): SeedLine => ({
  line,
  title: `Job: ${line.split(" ").at(-1)}`,
  fields: SHOW_FIELDS,
});

const run = (line: string): SeedLine => ({
  line,
  title: "Job Execution Results",
  fields: RUN_FIELDS,
});

const history = (line: string): SeedLine => ({
  line,
  title: "Job Execution History",
  fields: HISTORY_FIELDS,
});

const toggle = (line: string, title: "Job Enabled" | "Job Disabled"): SeedLine => ({
  line,
  title,
  fields: SWITCH_FIELDS,
});

const sessions = (line: string): SeedLine => ({
  line,
  title: line.includes("--dry-run") ? "Session Cleanup (Dry Run)" : "Session Cleanup",
  fields: SESSION_FIELDS,
});

const logCleanup = (line: string): SeedLine => ({
  line,
  title: line.includes("--dry-run") ? "Log Cleanup (Dry Run)" : "Log Cleanup",
  fields: LOG_FIELDS,
});

/** Every line of the jobs CLI document, in its order; `sp` is `cronverge --non-interactive`. */
export const CLI_LINES: readonly SeedLine[] = [
  list("--non-interactive infra jobs list"),
  list("--non-interactive --json jobs list"),
  show("--non-interactive infra jobs show content_ingestion"),
  show("--non-interactive --json jobs show database_cleanup"),
  run("--non-interactive infra jobs run content_ingestion"),
  run("--non-interactive infra jobs run content_ingestion publish_content database_cleanup"),
  run("--non-interactive infra jobs run --all"),
  run("--non-interactive infra jobs run --all --sequential"),
  history("--non-interactive infra jobs history"),
  history("--non-interactive infra jobs history --job content_ingestion"),
  {
    ...history("--non-interactive infra jobs history --status failed"),
    fields: ["entries", "total"],
  },
  history("--non-interactive infra jobs history -n 50"),
  toggle("--non-interactive infra jobs enable behavioral_analysis", "Job Enabled"),
  toggle("--non-interactive infra jobs disable behavioral_analysis", "Job Disabled"),
  sessions("--non-interactive infra jobs cleanup-sessions"),
  sessions("--non-interactive infra jobs cleanup-sessions --hours 2"),
  sessions("--non-interactive infra jobs cleanup-sessions --dry-run"),
  logCleanup("--non-interactive infra jobs log-cleanup"),
  logCleanup("--non-interactive infra jobs log-cleanup --days 7"),
  logCleanup("--non-interactive infra jobs log-cleanup --days 7 --dry-run"),
  history("--non-interactive --json jobs history --job content_ingestion"),
  run(
    "--non-interactive infra jobs run cleanup_inactive_sessions cleanup_empty_contexts database_cleanup",
  ),
  history("--non-interactive --json jobs history -n 10"),
  show("--non-interactive infra jobs show behavioral_analysis"),
];

/** Every line of the scheduling guide, in its order. */
export const GUIDE_LINES: readonly SeedLine[] = [
  list("infra jobs list"),
  show("infra jobs show cleanup-sessions"),
  show("infra jobs show log-cleanup"),
  run("infra jobs run cleanup-sessions"),
  run("infra jobs run log-cleanup"),
  history("infra jobs history"),
  history("infra jobs history --limit 20"),
  history("infra jobs history --job cleanup-sessions"),
  toggle("infra jobs enable cleanup-sessions", "Job Enabled"),
  toggle("infra jobs disable cleanup-sessions", "Job Disabled"),
  sessions("infra jobs cleanup-sessions"),
  sessions("infra jobs cleanup-sessions --hours 48"),
  logCleanup("infra jobs log-cleanup"),
  logCleanup("infra jobs log-cleanup --days 90"),
  { line: "infra logs view --level info --since 1h", title: "Log Entries", fields: ENTRY_FIELDS },
  { line: 'infra logs search "job failed"', title: "Search Results", fields: ENTRY_FIELDS },
  { line: 'infra logs search "job"', title: "Search Results", fields: ENTRY_FIELDS },
  { line: "infra logs view --level error --since 1h", title: "Log Entries", fields: ENTRY_FIELDS },
  {
    line: "core playbooks show cli_jobs",
    title: "Playbook: cli_jobs",
    fields: ["name", "content"],
  },
];
