import { flagsWithValue, normalizeArguments } from "../../src/cli/arguments.ts";
import { describedProgram } from "../../src/cli/program.ts";

const SHELL_BLOCK = /```sh\n(.*?)```/gs;

/** The lines of a document's shell blocks that type the program. */
export function shellLines(text: string): string[] {
  return [...text.matchAll(SHELL_BLOCK)]
    .flatMap(([, block = ""]) => block.split("\n"))
    .filter((line) => line.startsWith("cronverge "));
}

/** Runs nothing; rejects where the program would refuse the line, which begins with its name. */
export async function parseCommandLine(line: string): Promise<void> {
  const program = describedProgram();
  const [command = ""] = line.split(/\s+(?:#|>|\||&&)/);
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? "",
  );
  const given = normalizeArguments(words.slice(1), flagsWithValue(program.options));
  await program.parseAsync(given, { from: "user" });
}
