import type { CommanderError } from "@commander-js/extra-typings";
import { SchedulerError } from "../model/errors.ts";

/** A mistake on the command line, said in our way. */
export function usageError(error: CommanderError): SchedulerError {
  if (error.code === "commander.help") {
    return new SchedulerError("usage", "a command is missing", { help: SEE_HELP });
  }
  const [first = "", ...more] = error.message.split("\n");
  const suggestion = more.join(" ").replace(/^\(Did you mean (.*)\?\)$/, "did you mean $1?");
  return new SchedulerError("usage", first.replace(/^error: /, ""), {
    help: suggestion === "" ? SEE_HELP : suggestion,
  });
}

const SEE_HELP = "see cronverge --help";
