import type { JobLines } from "../config/job-lines.ts";
import type { BlameCommit, BlamedLines } from "../execute/git-blame.ts";
import { blameLines, lastCommit } from "../execute/git-blame.ts";
import type { KnownModule } from "../source/modules.ts";
import type { BlameCommitItem, BlamedFile, BlamedKeys } from "../views/blame.ts";
import { displayName } from "./context.ts";

/**
 * The keys of a job by the commit that last changed them: what is not committed first, then the
 * newest. A string says why git tells nothing.
 */
export async function blamedKeys(
  configFile: string,
  job: JobLines,
): Promise<BlamedKeys[] | string> {
  const lines = await blameLines(configFile, job);
  if (typeof lines === "string") return lines;
  const groups = new Map<string, BlamedKeys>();
  for (const key of job.keys) {
    const commit = newestCommit(lines, key);
    const group = groups.get(commit?.hash ?? "") ?? { commit: toItem(commit), keys: [] };
    groups.set(commit?.hash ?? "", group);
    group.keys.push(key);
  }
  return [...groups.values()].sort((a, b) => timeOf(b) - timeOf(a));
}

/** The commits that last touched the files of a job's code; `note` says why git tells nothing. */
export async function blamedFiles(
  modules: readonly KnownModule[],
): Promise<{ files: BlamedFile[]; note: string | null }> {
  const files: BlamedFile[] = [];
  for (const { path } of modules) {
    const last = await lastCommit(path);
    if (typeof last === "string") return { files, note: last };
    files.push({ file: displayName(path), commit: toItem(last.commit), dirty: last.dirty });
  }
  return { files, note: null };
}

/** A line that is not committed is newer than any commit. */
function newestCommit(
  lines: BlamedLines,
  { from, to }: { from: number; to: number },
): BlameCommit | null {
  let newest: BlameCommit | null = null;
  for (let line = from; line <= to; line += 1) {
    const commit = lines.get(line) ?? null;
    if (commit === null) return null;
    if (newest === null || commit.at > newest.at) newest = commit;
  }
  return newest;
}

function timeOf({ commit }: BlamedKeys): number {
  return commit === null ? Infinity : Date.parse(commit.at);
}

function toItem(commit: BlameCommit | null): BlameCommitItem | null {
  if (commit === null) return null;
  const { hash, author, at, subject } = commit;
  return { commit: hash, author, at, subject };
}
