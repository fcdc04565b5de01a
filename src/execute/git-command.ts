import { execa } from "execa";

/** What git printed, or why it could not. */
export type GitOutput = { ok: true; stdout: Buffer } | { ok: false; message: string };

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Runs git in a folder, so that nothing of the checkout is executed: no hook, no monitor, no pager,
 * no signature check, no transport. The message of a failure is the first line that git said.
 */
export async function runGit(
  folder: string,
  args: readonly string[],
  options: { input?: string | Uint8Array; maxBytes?: number } = {},
): Promise<GitOutput> {
  const { input, maxBytes = MAX_BYTES } = options;
  const result = await execa("git", gitArguments(args), {
    ...gitSurroundings(folder),
    ...(input === undefined ? { stdin: "ignore" } : { input }),
    reject: false,
    timeout: TIMEOUT_MS,
    maxBuffer: maxBytes,
    encoding: "buffer",
    stripFinalNewline: false,
  });
  if (!result.failed) return { ok: true, stdout: Buffer.from(result.stdout) };
  const said = Buffer.from(result.stderr ?? [])
    .toString()
    .trim();
  const message = said === "" ? (result.shortMessage ?? "git failed") : firstLine(said);
  return { ok: false, message };
}

/** The whole command line: settings that make git safe and plain, and then the command. */
export function gitArguments(args: readonly string[]): string[] {
  return [
    "--no-pager",
    "--literal-pathspecs",
    ...NEUTRAL.flatMap((setting) => ["-c", setting]),
    ...args,
  ];
}

/** Where git runs, and its environment, which is built from nothing. */
export function gitSurroundings(folder: string): {
  cwd: string;
  extendEnv: false;
  env: Record<string, string>;
} {
  const { PATH, HOME } = process.env;
  return {
    cwd: folder,
    extendEnv: false,
    env: {
      ...(PATH === undefined ? {} : { PATH }),
      // Read for `safe.directory`, which decides whether the checkout may be read at all.
      ...(HOME === undefined ? {} : { HOME }),
      LC_ALL: "C",
      GIT_OPTIONAL_LOCKS: "0",
      GIT_TERMINAL_PROMPT: "0",
      // Three ways to fetch nothing, for none of them is known to every git.
      GIT_NO_LAZY_FETCH: "1",
      GIT_ALLOW_PROTOCOL: "none",
      // A replaced object would show a reviewer another history than the one that is merged.
      GIT_NO_REPLACE_OBJECTS: "1",
    },
  };
}

/** A checkout may be hostile: nothing that its configuration names is run, and nothing is fetched. */
const NEUTRAL = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.attributesFile=/dev/null",
  "log.showSignature=false",
  "protocol.allow=never",
  // Files of a commit may look like a repository, whose settings and branches would then hold.
  "safe.bareRepository=explicit",
];

function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  return line.replace(/^(fatal|error): /, "");
}
