import { Option } from "@commander-js/extra-typings";
import type { Program, Run } from "./registering.ts";

/** Registers the commands about what became of the due times of jobs. */
export function registerLedger(program: Program, run: Run): void {
  program
    .command("explain <name> <time...>")
    .description("say what became of a due time of a job, why, and what to type next")
    .addHelpText("after", TIMES)
    .action((name, words) =>
      run(async (context) =>
        (await import("./commands/explain.ts")).explain(context, { name, time: words.join(" ") }),
      ),
    );
  program
    .command("why <name>")
    .description("say what keeps a job from running now")
    .action((name) =>
      run(async (context) => (await import("./commands/why.ts")).why(context, name)),
    );
  program
    .command("backfill <name>")
    .description("run a job for due times that are over")
    .requiredOption("--from <time>", "the first instant that counts")
    .option("--to <time>", "the first instant that does not count (now)")
    .addOption(
      new Option("--reprocess <which>", "run also those that failed, or all")
        .choices(["none", "failed", "all"] as const)
        .default("none" as const),
    )
    .option("--dry-run", "list what would run")
    .addHelpText("after", TIMES)
    .action((name, { dryRun = false, ...options }) =>
      run(async (context) =>
        (await import("./commands/backfill.ts")).backfill(context, { name, dryRun, ...options }),
      ),
    );
  registerExecutions(program, run);
}

function registerExecutions(program: Program, run: Run): void {
  program
    .command("executions")
    .description("see every record of what ran and what did not")
    .command("export")
    .description("print all executions for programs: one JSON object a line")
    .option("--job <name>", "only of this job")
    .option("--since <when>", "recorded from this long ago (1h, 30m, 2d), or from this time on")
    .option("--until <when>", "recorded before this")
    .action((options) =>
      run(async (context) =>
        (await import("./commands/executions-export.ts")).executionsExport(context, options),
      ),
    );
}

const TIMES = `
A time is one of
  2026-11-20 02:00             by the clocks of the job's zone; seconds may follow
  2026-11-20T02:00:00+01:00    with its offset, or Z
  02:00, yesterday 02:00       the last one, or that of today, yesterday or tomorrow
  now, 10m ago, 2 days ago     the minute that holds it
  2026-11-20, today            the day`;
