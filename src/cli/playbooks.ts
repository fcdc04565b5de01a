import type { Program, Run } from "./registering.ts";

/** Registers `playbooks`, whose guides are made of all commands: `assemble` makes them once more. */
export function registerPlaybooks(
  program: Program,
  { run, assemble }: { run: Run; assemble: () => Program },
): void {
  const playbooks = program
    .command("playbooks")
    .description("read guides to these commands, for programs that type them too");
  playbooks
    .command("list")
    .description("list the guides")
    .action(() => run(async () => (await import("./commands/playbooks.ts")).playbooksList()));
  playbooks
    .command("show <playbook>")
    .description("print a guide")
    .action((name) =>
      run(async () => (await import("./commands/playbooks.ts")).playbooksShow(name, assemble())),
    );
}
