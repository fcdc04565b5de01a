import { didYouMean } from "../config/suggest.ts";
import { SchedulerError } from "../model/errors.ts";
import { DESCRIPTION, SHELLS } from "./completion-words.ts";
import { EXIT_OK } from "./exit.ts";
import type { Program, Run } from "./registering.ts";

export interface CompletionOptions {
  run: Run;
  /** The whole command line. */
  given: readonly string[];
  /** The program that is to be completed, once more: completing adds to it. */
  assemble: () => Program;
}

/**
 * Registers `complete SHELL`, whose output a shell reads at its start. That makes the shell ask
 * `complete -- WORDS` what the last of the words may become.
 */
export function registerCompletion(program: Program, options: CompletionOptions): void {
  const { run, given, assemble } = options;
  program
    .command("complete <shell>")
    .description(DESCRIPTION)
    .addHelpText("after", HELP)
    .allowExcessArguments()
    .action((first, _, { args: words }) =>
      run(async (context) => {
        const asked = given[given.indexOf("complete") + 1] === "--";
        const shell = asked ? null : shellOf(first);
        if (context.json) {
          const help = "leave --json out";
          throw new SchedulerError("usage", "complete has nothing to say in JSON", { help });
        }
        const { completeWords, printScript } = await import("./commands/complete.ts");
        if (shell === null) await completeWords(assemble(), { words, context });
        else printScript(assemble(), { shell, context });
        return EXIT_OK;
      }),
    );
}

const HELP = `
In ~/.bashrc:   source <(cronverge complete bash)
In ~/.zshrc:    source <(cronverge complete zsh)
In fish:        cronverge complete fish > ~/.config/fish/completions/cronverge.fish
In powershell:  cronverge complete powershell | Out-String | Invoke-Expression`;

function shellOf(shell: string): string {
  if (SHELLS.includes(shell)) return shell;
  const help = didYouMean(shell, [...SHELLS], "the shells are") ?? "see cronverge complete --help";
  throw new SchedulerError("usage", `unknown shell '${shell}'`, { help });
}
