import { credentialsInCommand } from "../model/command-credentials.ts";
import { hideStretches } from "../model/credentials.ts";
import type { JobView } from "./context.ts";
import { warningAt, type Path, type PathFinding } from "./place.ts";
import { readShellLine, type ShellLine } from "./shell-words.ts";

const LONGEST_REWRITE = 300;
const HOW_TO_ALLOW = "`rules: {command/shell-string: off}` allows texts";

/** A command that is a text: a shell reads it, and says of a pipe only how its last program ended. */
export function checkCommand({ job, path }: JobView): PathFinding[] {
  return checkShell(job.command, [...path, "command"]);
}

/** The same of any command, which stands at `path`. */
export function checkShell(command: string | string[] | undefined, path: Path): PathFinding[] {
  if (typeof command !== "string") return [];
  // What is shown of it goes to build logs. The mark must mean nothing to a shell.
  const shown = hideStretches(command, credentialsInCommand(command), () => "…").trimEnd();
  const line = readShellLine(shown);
  const { message, help } = line.pipe ? pipeWords(line, shown) : plainWords(line, shown);
  return [warningAt(path, { rule: "command/shell-string", message, help })];
}

interface Words {
  message: string;
  help: string;
}

function pipeWords({ words }: ShellLine, text: string): Words {
  const program = words.find((word) => !/^\w+=/.test(word)) ?? "";
  const rewritten = commandText(["bash", "-c", `set -o pipefail; ${text}`]);
  return {
    message: `the exit code of a pipe is that of its last program: a failing \`${program}\` counts as success`,
    help: `put it in a script, or write ${rewritten}; ${HOW_TO_ALLOW}`,
  };
}

function plainWords({ words, syntax }: ShellLine, text: string): Words {
  if (syntax === null && words.length > 0) {
    return {
      message: "a shell runs this text, and nothing in it needs one",
      help: `write ${commandText(words)}`,
    };
  }
  const what = syntax === null ? "it" : syntax === "a line break" ? syntax : `\`${syntax}\` in it`;
  return {
    message: `a shell runs this text, and acts on ${what}`,
    help: `if that is wanted, say so: ${commandText(["sh", "-c", text])}; ${HOW_TO_ALLOW}`,
  };
}

function commandText(words: readonly string[]): string {
  const list = `\`command: [${words.map(flowText).join(", ")}]\``;
  return list.length <= LONGEST_REWRITE ? list : "a list of arguments";
}

/** A text as an entry of a YAML list in brackets, in quotes where it would else be something else. */
export function flowText(text: string): string {
  const plain = /^(?:[A-Za-z_/]|--?[A-Za-z]|\.{0,2}\/)[\w./+@%=-]*$/.test(text);
  return plain && !/^(?:null|true|false)$/i.test(text) ? text : JSON.stringify(text);
}
