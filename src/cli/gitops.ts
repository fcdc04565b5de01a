import { countOf, durationOf } from "./option-values.ts";
import type { Program, Run } from "./program.ts";

const GRACE_MS = 30_000;

/** Registers the commands about the file and what is made of it. */
export function registerGitOps(program: Program, run: Run): void {
  program
    .command("check [file]")
    .description("say whether the file can be applied; runs nothing, needs no database")
    .action((file) =>
      run(async (context) => (await import("./commands/check.ts")).check(context, file)),
    );
  program
    .command("plan")
    .description("show what apply would change")
    .option("--detailed-exitcode", "exit 2 when there are changes")
    .option("--allow-prune", "let it remove all jobs, or most of them")
    .action((options) =>
      run(async (context) => (await import("./commands/plan.ts")).plan(context, options)),
    );
  program
    .command("apply")
    .description("make the database hold what the file wants")
    .option("--allow-prune", "let it remove all jobs, or most of them")
    .option("--cancel-running", "end the running executions of jobs that go or rest")
    .action((options) =>
      run(async (context) => (await import("./commands/apply.ts")).apply(context, options)),
    );
  program
    .command("up")
    .description("run the scheduler: follow the file, keep the clock, run jobs")
    .option("--grace <duration>", "time for running jobs at the end", durationOf, GRACE_MS)
    .action(({ grace }) =>
      run(async (context) => (await import("./commands/up.ts")).up(context, { graceMs: grace })),
    );
  program
    .command("status")
    .description("show nodes, the revision in force, what runs and what is due")
    .action(() => run(async (context) => (await import("./commands/status.ts")).status(context)));
  registerRevisions(program, run);
  program
    .command("schema")
    .description("print the JSON Schema of the config file")
    .action(() => run(async () => (await import("./commands/schema.ts")).schema()));
}

function registerRevisions(program: Program, run: Run): void {
  const revisions = program.command("revisions").description("see the configs that were applied");
  revisions
    .command("list")
    .description("list them, the newest first")
    .option("-n, --limit <count>", "number of revisions to show", countOf, 20)
    .action(({ limit }) =>
      run(async (context) =>
        (await import("./commands/revisions.ts")).revisionsList(context, limit),
      ),
    );
  revisions
    .command("show <id>")
    .description("show one with its text")
    .action((id) =>
      run(async (context) => (await import("./commands/revisions.ts")).revisionsShow(context, id)),
    );
}
