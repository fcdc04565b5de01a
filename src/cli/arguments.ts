/** Words of the seeds' command line that stand before a command and mean nothing here. */
const TRANSPARENT = new Set(["infra", "core"]);

/**
 * The arguments as the program knows them: without `infra` or `core` before the command, and with
 * `--check` as the command `check`. `valued` are the global flags that are followed by a value.
 */
export function normalizeArguments(
  given: readonly string[],
  valued: ReadonlySet<string>,
): string[] {
  let at = 0;
  while (at < given.length) {
    const word = given[at] ?? "";
    if (word === "--check") return given.toSpliced(at, 1, "check");
    if (word.startsWith("--check=")) {
      return given.toSpliced(at, 1, "check", word.slice("--check=".length));
    }
    if (!word.startsWith("-") || word === "--" || word === "-") break;
    at += valued.has(word) ? 2 : 1;
  }
  const stands = TRANSPARENT.has(given[at] ?? "") && at + 1 < given.length;
  return stands ? given.toSpliced(at, 1) : [...given];
}

/** The flags, short and long, of those options that are followed by a value. */
export function flagsWithValue(
  options: readonly { short?: string | undefined; long?: string | undefined; required: boolean }[],
): Set<string> {
  const valued = options.filter(({ required }) => required);
  return new Set(valued.flatMap(({ short, long }) => [short ?? "", long ?? ""]));
}
