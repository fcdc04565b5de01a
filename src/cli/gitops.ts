import { Option } from "@commander-js/extra-typings";
import { NODE_ROLES } from "../model/node-role.ts";
import { countOf, durationOf } from "./option-values.ts";
import type { Program, Run } from "./registering.ts";
import { REPORTERS, reporterOf } from "./reporter.ts";

const GRACE_MS = 30_000;

const ROLES = `
A worker needs neither the config nor the plugins: set CRONVERGE_DATABASE_URL, and it runs what
the others record, in the folder where it is started.`;

const STATUS = `
Exit code 1: no node keeps the clock, none takes new runs, a changed file was not taken, or a job
crashed or is paused. A run that failed is listed, and no reason for 1.
With --here: no node of this machine is alive, or its changed file was not taken.`;

/** Registers the commands about the file and what is made of it. */
export function registerGitOps(program: Program, run: Run): void {
  program
    .command("check [file]")
    .description("say whether the file can be applied; runs nothing, needs no database")
    .addOption(
      new Option("--reporter <kind>", "how to say it").choices(REPORTERS).argParser(reporterOf),
    )
    .action((file, { reporter }) =>
      run(
        async (context) => (await import("./commands/check.ts")).check(context, { file, reporter }),
        { json: reporter === "json" },
      ),
    );
  registerPlan(program, run);
  program
    .command("apply [plan]")
    .description("make the database hold what the file wants, or just what a saved plan says")
    .option("--allow-prune", "let it remove all jobs, or most of them")
    .option("--cancel-running", "end the running executions of jobs that go or rest")
    .action((plan, options) =>
      run(async (context) =>
        (await import("./commands/apply.ts")).apply(context, { ...options, plan }),
      ),
    );
  registerUp(program, run);
  program
    .command("status")
    .description("show nodes, the revision in force, what runs and what is due")
    .option("--here", "judge by the node of this machine or container alone: for its health check")
    .option("--schema <name>", "of the database, for --here and a worker without a config")
    .addHelpText("after", STATUS)
    .action((options) =>
      run(async (context) => (await import("./commands/status.ts")).status(context, options)),
    );
  registerNodes(program, run);
  registerRevisions(program, run);
  program
    .command("blame <job>")
    .description("show who last changed what of a job, and which commit ran when")
    .action((job) =>
      run(async (context) => (await import("./commands/blame.ts")).blame(context, job)),
    );
  program
    .command("init [directory]")
    .description("write the files of a new project; touches none that is there")
    .action((directory = ".") =>
      run(async () => (await import("./commands/init.ts")).init(directory)),
    );
  program
    .command("schema")
    .description("print the JSON Schema of the config file")
    .action(() => run(async () => (await import("./commands/schema.ts")).schema()));
}

function registerUp(program: Program, run: Run): void {
  program
    .command("up")
    .description("run the scheduler: follow the file, keep the clock, run jobs")
    .option("--grace <duration>", "time for running jobs at the end (30s)", durationOf)
    .addOption(
      new Option("--role <role>", "both, follow the file and keep the clock, or run jobs")
        .choices(NODE_ROLES)
        .default("all" as const),
    )
    .addOption(
      new Option("--apply <when>", "apply a file that other nodes have left behind: to roll back")
        .choices(["changed", "always"] as const)
        .default("changed" as const),
    )
    .option("--schema <name>", "of the database, for a worker without a config (cronverge)")
    .addHelpText("after", ROLES)
    .action(({ grace, role, apply, schema }) =>
      run(async (context) =>
        (await import("./commands/up.ts")).up(context, {
          graceMs: grace ?? GRACE_MS,
          role,
          applyAlways: apply === "always",
          schema,
        }),
      ),
    );
}

function registerNodes(program: Program, run: Run): void {
  program
    .command("nodes")
    .description("see the scheduler processes of this database")
    .command("list")
    .description("list them, the newest first")
    .option("--all", "also those that stopped or died")
    .option("-n, --limit <count>", "number of nodes to show", countOf, 50)
    .action(({ all = false, limit }) =>
      run(async (context) =>
        (await import("./commands/nodes-list.ts")).nodesList(context, { all, limit }),
      ),
    );
}

function registerPlan(program: Program, run: Run): void {
  program
    .command("plan")
    .description("show what apply would change, or what a merge would")
    .option("--against <commit>", "compare the files with a branch or commit; needs no database")
    .option("--from <commit>", "compare with exactly this commit; needs no database")
    .option("--to <commit>", "compare that commit, not the working tree")
    .option("--horizon <duration>", "count due times so far ahead (30d)", durationOf)
    .option("--out <file>", "save the plan, for apply FILE")
    .option(
      "--deny-widening",
      "exit 1 when a job, or the scheduler itself, may do more than before",
    )
    .option("--detailed-exitcode", "exit 2 when there are changes")
    .option("--allow-prune", "let it remove all jobs, or most of them")
    .addOption(
      new Option("--reporter <kind>", "how to say it").choices(REPORTERS).argParser(reporterOf),
    )
    .action((options) =>
      run(async (context) => (await import("./commands/plan.ts")).plan(context, options), {
        json: options.reporter === "json",
      }),
    );
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
    .description("show one with what it changed and its text")
    .action((id) =>
      run(async (context) => (await import("./commands/revisions.ts")).revisionsShow(context, id)),
    );
  revisions
    .command("diff <from> [to]")
    .description("show what leads from one to another, or to the one in force")
    .action((from, to) =>
      run(async (context) =>
        (await import("./commands/revisions-diff.ts")).revisionsDiff(context, { from, to }),
      ),
    );
}
