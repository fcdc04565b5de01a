import { SchedulerError } from "../model/errors.ts";
import { pathBelow } from "../model/file-tree.ts";
import { runGit } from "./git-command.ts";

/**
 * Tells whether a file of a checkout is or may become part of a commit: it is in the index, or it is
 * new and not ignored. What stands in `node_modules` without being in the index was installed.
 * The index is read once, when it is first asked for.
 */
export function trackedFiles(root: string): (path: string) => Promise<boolean> {
  let index: Promise<ReadonlySet<string>> | null = null;
  const known = new Map<string, Promise<boolean>>();
  return async (path) => {
    const name = pathBelow(root, path);
    if (name === null) return false;
    index ??= listFiles(root, ["--cached"]);
    if ((await index).has(name)) return true;
    if (name.split("/").includes("node_modules")) return false;
    const asked = known.get(name) ?? isNew(root, name);
    known.set(name, asked);
    return asked;
  };
}

async function isNew(root: string, name: string): Promise<boolean> {
  const others = await listFiles(root, ["--others", "--exclude-standard", "--", name]);
  return others.has(name);
}

async function listFiles(root: string, args: readonly string[]): Promise<ReadonlySet<string>> {
  const listed = await runGit(root, ["ls-files", "-z", ...args]);
  if (listed.ok) return new Set(listed.stdout.toString().split("\0"));
  throw new SchedulerError("io", `git cannot list the files of ${root}: ${listed.message}`, {
    help: "see what `git status` says there",
  });
}
