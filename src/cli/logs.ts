import { Option } from "@commander-js/extra-typings";
import { didYouMean } from "../config/suggest.ts";
import { SchedulerError } from "../model/errors.ts";
import { countOf } from "./option-values.ts";
import type { Program, Run } from "./registering.ts";

/** Registers `logs` and its commands. */
export function registerLogs(program: Program, run: Run): void {
  const logs = program.command("logs").description("see what jobs wrote");
  logs
    .command("view", { isDefault: true })
    .description("show log entries, the oldest first")
    .option("--level <level>", "only debug, info, warn or error")
    .option("--since <when>", "from this long ago (1h, 30m, 2d), or from this time on")
    .option("--job <name>", "only of this job")
    .option("--execution <id>", "only of this execution")
    .option("--follow", "go on with new entries until interrupted")
    .option("-n, --limit <count>", "number of entries to show", countOf, 20)
    .addOption(new Option("--type <type>").choices(["job"] as const).hideHelp())
    .addOption(new Option("--name <job>").hideHelp())
    .allowExcessArguments()
    .action(({ name, job, ...options }, { args }) =>
      run(async (context) => {
        if (args[0] !== undefined) throw unknownCommand(args[0]);
        const { logsView, logsFollow } = await import("./commands/logs-view.ts");
        const chosen = { ...options, job: job ?? name };
        return options.follow === true ? logsFollow(context, chosen) : logsView(context, chosen);
      }),
    );
  logs
    .command("search <pattern>")
    .description("show log entries that contain a text, in any case")
    .option("--level <level>", "only debug, info, warn or error")
    .option("--since <when>", "from this long ago (1h, 30m, 2d), or from this time on")
    .option("--job <name>", "only of this job")
    .option("-n, --limit <count>", "number of entries to show", countOf, 50)
    .action((pattern, options) =>
      run(async (context) =>
        (await import("./commands/logs-view.ts")).logsSearch(context, { ...options, pattern }),
      ),
    );
}

/** `view` is what `logs` does without a command, so any stray word arrives there. */
function unknownCommand(word: string): SchedulerError {
  const help = didYouMean(word, ["view", "search"], "the commands are");
  return new SchedulerError("usage", `unknown command '${word}'`, help === null ? {} : { help });
}
