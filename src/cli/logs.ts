import type { Command, OptionValues } from "@commander-js/extra-typings";
import { Option } from "@commander-js/extra-typings";
import { closest } from "../config/suggest.ts";
import { SchedulerError } from "../model/errors.ts";
import { LOG_FORMATS } from "../views/logs-export.ts";
import type { GlobalOptions } from "./context.ts";
import { countOf, TIMES } from "./option-values.ts";
import type { CommandGroup, Program, Run } from "./registering.ts";

/** Registers `logs` and its commands. */
export function registerLogs(program: Program, run: Run): void {
  const logs = program.command("logs").description("see what jobs wrote");
  choosing(logs.command("view", { isDefault: true }))
    .description("show log entries, the oldest first")
    .option("--follow", "go on with new entries until interrupted")
    .option("-n, --limit <count>", "number of entries to show", countOf, 20)
    .addOption(new Option("--tail <count>").argParser(countOf).hideHelp())
    .addOption(new Option("--type <type>").choices(["job"] as const).hideHelp())
    .addOption(new Option("--name <job>").hideHelp())
    .addHelpText("after", TIMES)
    .allowExcessArguments()
    .action(({ name, job, tail, limit, follow, ...options }, { args }) =>
      run(async (context) => {
        if (args[0] !== undefined) throw unknownCommand(args[0], logs);
        const chosen = { ...options, job: job ?? name, limit: tail ?? limit };
        return follow === true
          ? (await import("./commands/logs-follow.ts")).logsFollow(context, chosen)
          : (await import("./commands/logs-view.ts")).logsView(context, chosen);
      }),
    );
  choosing(logs.command("search <pattern>"))
    .description("show log entries that contain a text, in any case")
    .option("--regex", "the pattern is a regular expression of PostgreSQL")
    .option("-n, --limit <count>", "number of entries to show", countOf, 50)
    .addHelpText("after", TIMES)
    .action((pattern, { regex = false, ...options }) =>
      run(async (context) =>
        (await import("./commands/logs-view.ts")).logsSearch(context, {
          ...options,
          pattern,
          regex,
        }),
      ),
    );
  logs
    .command("show <id>")
    .description("show one log entry, or all of a trace or an execution")
    .action((id) =>
      run(async (context) => (await import("./commands/logs-show.ts")).logsShow(context, id)),
    );
  registerWhole(logs, run);
}

/** Those that work on many entries at once. */
function registerWhole(logs: CommandGroup, run: Run): void {
  choosing(logs.command("export"))
    .description("write log entries for programs, the oldest first")
    .addOption(
      new Option("-f, --format <format>", "how they are written")
        .choices(LOG_FORMATS)
        .default("json" as const),
    )
    .option("-o, --output <file>", "the file to write (default: stdout)")
    .option("-n, --limit <count>", "at most the newest so many", countOf, 10_000)
    .addHelpText("after", TIMES)
    .action((options) =>
      run(async (context) =>
        (await import("./commands/logs-export.ts")).logsExport(context, options),
      ),
    );
  choosing(logs.command("summary"))
    .description("count log entries by level, module and job")
    .addHelpText("after", TIMES)
    .action((options) =>
      run(async (context) =>
        (await import("./commands/logs-summary.ts")).logsSummary(context, options),
      ),
    );
  logs
    .command("cleanup")
    .description("delete log entries that are older than one says")
    .option("--older-than <time>", "older than this: 30d, 12h, or a number of days")
    .option("--keep-last-days <count>", "older than so many days", countOf)
    .option("--dry-run", "count without deleting")
    .addOption(new Option("-y, --yes").hideHelp())
    .action(({ olderThan, keepLastDays, dryRun = false }) =>
      run(async (context) =>
        (await import("./commands/logs-cleanup.ts")).logsCleanup(context, {
          olderThan,
          keepLastDays,
          dryRun,
        }),
      ),
    );
}

/** The options by which lines are chosen. */
function choosing<Args extends unknown[], Own extends OptionValues>(
  command: Command<Args, Own, GlobalOptions>,
) {
  return command
    .option("--level <level>", "only debug, info, warn or error")
    .option("--since <when>", "from this long ago (1h, 30m, 2d), or from this time on")
    .option("--until <when>", "before this")
    .option("--module <part>", "only of modules whose name contains this")
    .option("--job <name>", "only of this job")
    .option("--execution <id>", "only of this execution");
}

/** `view` is what `logs` does without a command, so any stray word arrives there. */
function unknownCommand(word: string, logs: CommandGroup): SchedulerError {
  const known = logs.commands.map((command) => command.name());
  const near = closest(word, known);
  const help =
    near === null
      ? `what a job wrote: cronverge logs view --job ${word}`
      : `did you mean \`${near}\`?`;
  return new SchedulerError("usage", `unknown command '${word}'`, { help });
}
