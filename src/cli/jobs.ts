import { Option } from "@commander-js/extra-typings";
import { SchedulerError } from "../model/errors.ts";
import { jobKey } from "../model/job.ts";
import { collectParameter, collectTag, countOf, TIMES } from "./option-values.ts";
import type { CommandGroup, Program, Run } from "./registering.ts";

/** Registers `jobs` and its commands. */
export function registerJobs(program: Program, run: Run): void {
  const jobs = program.command("jobs").description("see, run and control jobs");
  jobs
    .command("list")
    .description("list the jobs with their last and next runs")
    .option("--tag <tag>", "only jobs with this tag; may be repeated", collectTag)
    .action(({ tag }) =>
      run(async (context) =>
        (await import("./commands/jobs-list.ts")).jobsList(context, { tags: tag }),
      ),
    );
  jobs
    .command("show <name>")
    .description("show one job: schedule, results, what it may do")
    .action((name) =>
      run(async (context) => (await import("./commands/jobs-show.ts")).jobsShow(context, name)),
    );
  jobs
    .command("run [names...]")
    .description("run jobs now and wait for their results")
    .option("--all", "run all enabled jobs")
    .option("--tag <tag>", "run the enabled jobs with this tag; may be repeated", collectTag)
    .option("--sequential", "run jobs one at a time (default: parallel)")
    .option("-p, --param <key=value>", "a parameter for the run; may be repeated", collectParameter)
    .addOption(
      new Option(
        "--overlap <policy>",
        "what becomes of it while the job runs (default: as the job says)",
      ).choices(["skip", "queue_one", "queue_all", "replace", "allow"] as const),
    )
    .action((names, options) =>
      run(async (context) =>
        (await import("./commands/jobs-run.ts")).jobsRun(context, { names, ...options }),
      ),
    );
  jobs
    .command("history [name]")
    .description("show past and running executions, the newest first")
    .option("--job <name>", "only of this job; the same as NAME")
    .option("--status <status>", "success, failed, running, or an exact state such as timed_out")
    .option("--since <when>", "from this long ago (1h, 30m, 2d), or from this time on")
    .option("--until <when>", "before this")
    .option("-n, --limit <count>", "number of entries to show", countOf, 20)
    .addHelpText("after", TIMES)
    .action((name, options) =>
      run(async (context) =>
        (await import("./commands/jobs-history.ts")).jobsHistory(context, {
          ...options,
          job: oneJob(name, options.job),
        }),
      ),
    );
  registerSwitches(jobs, run);
  registerCleanups(jobs, run);
  registerQuestions(jobs, run);
}

function registerSwitches(jobs: CommandGroup, run: Run): void {
  jobs
    .command("enable <name>")
    .description("enable a job, against the file if need be")
    .action((name) =>
      run(async (context) =>
        (await import("./commands/jobs-switch.ts")).jobsSwitch(context, {
          name,
          enabled: true,
          reason: null,
        }),
      ),
    );
  jobs
    .command("disable <name>")
    .description("disable a job, against the file if need be")
    .option("--reason <text>", "why, for others")
    .action((name, { reason = null }) =>
      run(async (context) =>
        (await import("./commands/jobs-switch.ts")).jobsSwitch(context, {
          name,
          enabled: false,
          reason,
        }),
      ),
    );
  jobs
    .command("cancel <id>")
    .description("cancel an execution that waits or runs, or all of a backfill")
    .action((id) =>
      run(async (context) => (await import("./commands/jobs-cancel.ts")).jobsCancel(context, id)),
    );
}

function registerCleanups(jobs: CommandGroup, run: Run): void {
  jobs
    .command("cleanup-sessions")
    .description("clean up inactive user sessions")
    .option(
      "--hours <count>",
      "sessions inactive for more than this (default: the file's, or 1)",
      countOf,
    )
    .option("--dry-run", "count without cleaning up")
    .action(({ hours = null, dryRun = false }) =>
      run(async (context) =>
        (await import("./commands/jobs-cleanup.ts")).cleanupSessions(context, {
          threshold: hours,
          dryRun,
        }),
      ),
    );
  jobs
    .command("log-cleanup")
    .description("clean up old log entries")
    .option("--days <count>", "entries older than this (default: the file's, or 30)", countOf)
    .option("--dry-run", "count without deleting")
    .action(({ days = null, dryRun = false }) =>
      run(async (context) =>
        (await import("./commands/jobs-cleanup.ts")).cleanupLogs(context, {
          threshold: days,
          dryRun,
        }),
      ),
    );
}

function registerQuestions(jobs: CommandGroup, run: Run): void {
  jobs
    .command("next [name]")
    .description("show the next runs of one job, or of all, each with its share of the places")
    .option("-n, --limit <count>", "number of runs to show", countOf, 10)
    .action((name, { limit }) =>
      run(async (context) =>
        (await import("./commands/jobs-next.ts")).jobsNext(context, { name: name ?? null, limit }),
      ),
    );
  jobs
    .command("versions <name>")
    .description("show the versions of a job's code, the newest first")
    .action((name) =>
      run(async (context) =>
        (await import("./commands/jobs-versions.ts")).jobsVersions(context, name),
      ),
    );
}

/** A job may be named in two ways, but not two jobs. */
function oneJob(name: string | undefined, job: string | undefined): string | undefined {
  if (name === undefined || job === undefined || jobKey(name) === jobKey(job)) return name ?? job;
  throw new SchedulerError("usage", `NAME says ${name}, and --job says ${job}`, {
    help: "name one job",
  });
}
