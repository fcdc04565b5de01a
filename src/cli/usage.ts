import type { CommanderError } from "@commander-js/extra-typings";
import { SchedulerError } from "../model/errors.ts";

/** A mistake on the command line, said in our way. */
export function usageError(
  error: CommanderError,
  program: { helpInformation(): string },
): SchedulerError {
  if (error.code === "commander.help") {
    return new SchedulerError("usage", "a command is missing", { help: "see cronverge --help" });
  }
  void program;
  const [first = "", ...more] = error.message.split("\n");
  const suggestion = more.join(" ").replace(/^\(Did you mean (.*)\?\)$/, "did you mean $1?");
  return new SchedulerError("usage", first.replace(/^error: /, ""), {
    help: suggestion === "" ? "see cronverge --help" : suggestion,
  });
}
