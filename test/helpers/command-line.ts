import { flagsWithValue, normalizeArguments } from "../../src/cli/arguments.ts";
import { describedProgram } from "../../src/cli/program.ts";
import type { Run } from "../../src/cli/registering.ts";

const SHELL_BLOCK = /```sh\n(.*?)```/gs;

/** The lines of a document's shell blocks that type the program. */
export function shellLines(text: string): string[] {
  return [...text.matchAll(SHELL_BLOCK)]
    .flatMap(([, block = ""]) => block.split("\n"))
    .filter((line) => line.startsWith("cronverge "));
}

/**
 * Parses a line, which begins with the program's name, and hands its command to `run`, without which
 * nothing runs. Rejects where the program would refuse the line.
 */
export async function parseCommandLine(line: string, run?: Run): Promise<void> {
  const program = describedProgram(run);
  const [command = ""] = line.split(/\s+(?:#|>|\||&&)/);
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? "",
  );
  const given = normalizeArguments(words.slice(1), flagsWithValue(program.options));
  await program.parseAsync(given, { from: "user" });
}
