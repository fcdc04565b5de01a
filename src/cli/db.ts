import type { CommandGroup, Program, Run } from "./registering.ts";

/** Registers the commands about the database itself. */
export function registerDatabase(program: Program, run: Run): void {
  const db = program.command("db").description("care for the database of the scheduler");
  db.command("status")
    .description("show which database it is, its size, its schema and who uses it; starts nothing")
    .action(() =>
      run(async (context) => (await import("./commands/db-status.ts")).dbStatus(context)),
    );
  db.command("stop")
    .description("stop the embedded PostgreSQL, if nobody needs it")
    .action(() => run(async (context) => (await import("./commands/db-stop.ts")).dbStop(context)));
  db.command("migrate")
    .description("bring the schema up to this version of cronverge, as only up and apply do")
    .option("--dry-run", "list what would be done")
    .option("--live", "also while nodes live, which then run nothing new until they are upgraded")
    .action(({ dryRun = false, live = false }) =>
      run(async (context) =>
        (await import("./commands/db-migrate.ts")).dbMigrate(context, { dryRun, live }),
      ),
    );
  registerTransfer(db, run);
  program
    .command("doctor")
    .description("look for what is wrong with this set-up, and say how to mend it; changes nothing")
    .action(() => run(async (context) => (await import("./commands/doctor.ts")).doctor(context)));
}

function registerTransfer(db: CommandGroup, run: Run): void {
  db.command("export <file>")
    .description("write everything that cronverge keeps to one file, for db import")
    .option("--live", "also while nodes live: a backup as of one instant, not a way to move")
    .option("--force", "replace the file if it exists")
    .action((file, { live = false, force = false }) =>
      run(async (context) =>
        (await import("./commands/db-export.ts")).dbExport(context, { file, live, force }),
      ),
    );
  db.command("import <file>")
    .description("fill an empty database with what db export wrote")
    .action((file) =>
      run(async (context) => (await import("./commands/db-import.ts")).dbImport(context, file)),
    );
}
