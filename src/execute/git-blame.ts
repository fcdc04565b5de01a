import { readFile, realpath } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { keptLines } from "../plan/text-diff.ts";
import { isSameText } from "./git-checkout.ts";
import { runGit } from "./git-command.ts";

/** A commit, as `blame` names it. */
export interface BlameCommit {
  /** The full hash. */
  hash: string;
  author: string;
  /** When it was made, ISO 8601 in UTC. */
  at: string;
  subject: string;
}

/** By line of the file as it is now, 1-based: the commit that it is from; null is not committed. */
export type BlamedLines = ReadonlyMap<number, BlameCommit | null>;

/**
 * Says of each line from `from` to `to` of a file which commit last changed it; a string says why
 * nothing can be said. Only what is committed is given to git: reading the working tree would run
 * the filters that the checkout's configuration names.
 */
export async function blameLines(
  file: string,
  { from, to }: { from: number; to: number },
): Promise<BlamedLines | string> {
  const place = await findPlace(file);
  if (typeof place === "string") return place;
  const lines = new Map<number, BlameCommit | null>();
  for (let line = from; line <= to; line += 1) lines.set(line, null);
  const committed = await committedText(place);
  const kept = committed === null ? new Map<number, number>() : keptLines(committed, place.text);
  if (kept === null) return "it differs too much from its last commit to compare the two";
  const wanted = [...kept].filter(([line]) => line >= from && line <= to);
  if (wanted.length === 0) return lines;
  const before = wanted.map(([, line]) => line);
  const commits = await blame(place, { from: Math.min(...before), to: Math.max(...before) });
  if (typeof commits === "string") return commits;
  for (const [line, old] of wanted) lines.set(line, commits.get(old) ?? null);
  return lines;
}

/** The last commit that touched a file, and whether the file differs from it. */
export interface LastCommit {
  /** Null for a file that was never committed. */
  commit: BlameCommit | null;
  dirty: boolean;
}

/** Says which commit last touched a file; a string says why nothing can be said. */
export async function lastCommit(file: string): Promise<LastCommit | string> {
  const place = await findPlace(file);
  if (typeof place === "string") return place;
  const committed = await committedText(place);
  const args = ["log", "-1", "--format=%H%x00%aN%x00%ct%x00%s", "HEAD", "--", place.name];
  const log = committed === null ? null : await runGit(place.folder, args);
  if (log !== null && !log.ok) return log.message;
  const [hash = "", author = "", time = "", subject = ""] =
    log?.stdout.toString().trimEnd().split("\0") ?? [];
  const commit = hash === "" ? null : { hash, author, at: instantOf(time), subject };
  const dirty = committed === null || !isSameText(Buffer.from(committed), Buffer.from(place.text));
  return { commit, dirty };
}

interface FilePlace {
  folder: string;
  name: string;
  text: string;
}

/** A linked file is blamed where it is. */
async function findPlace(file: string): Promise<FilePlace | string> {
  const path = await realpath(file).catch(() => null);
  if (path === null) return `there is no file ${file}`;
  const folder = dirname(path);
  const inside = await runGit(folder, ["rev-parse", "--is-inside-work-tree"]);
  if (!inside.ok) return inside.message;
  return { folder, name: `./${basename(path)}`, text: await readFile(path, "utf8") };
}

/** The file as HEAD has it; null where it has none. */
async function committedText({ folder, name }: FilePlace): Promise<string | null> {
  const found = await runGit(folder, ["cat-file", "blob", `HEAD:${name}`]);
  return found.ok ? found.stdout.toString() : null;
}

async function blame(
  { folder, name }: FilePlace,
  { from, to }: { from: number; to: number },
): Promise<Map<number, BlameCommit> | string> {
  // A list of commits that are passed over, which a setting names, could hide one; and where it is
  // missing, git gives up. An empty setting does not undo another.
  const options = ["--porcelain", "--no-textconv", "--no-ignore-revs-file", "-L", `${from},${to}`];
  const found = await runGit(folder, ["blame", ...options, "HEAD", "--", name]);
  return found.ok ? readPorcelain(found.stdout.toString()) : found.message;
}

/** What is said of a commit stands only before the first of its lines. */
function readPorcelain(output: string): Map<number, BlameCommit> {
  const commits = new Map<string, BlameCommit>();
  const lines = new Map<number, BlameCommit>();
  let current: BlameCommit | null = null;
  let line = 0;
  for (const row of output.split("\n")) {
    const head = /^([0-9a-f]{40,64}) \d+ (\d+)/.exec(row);
    if (row.startsWith("\t")) {
      if (current !== null) lines.set(line, current);
    } else if (head !== null) {
      const [, hash = "", number = ""] = head;
      current = commits.get(hash) ?? { hash, author: "", at: "", subject: "" };
      commits.set(hash, current);
      line = Number(number);
    } else if (current !== null) describe(current, row);
  }
  return lines;
}

function describe(commit: BlameCommit, row: string): void {
  const [, key = "", value = ""] = /^(\S+) (.*)$/.exec(row) ?? [];
  if (key === "author") commit.author = value;
  if (key === "committer-time") commit.at = instantOf(value);
  if (key === "summary") commit.subject = value;
}

function instantOf(seconds: string): string {
  return new Date(Number(seconds) * 1_000).toISOString();
}
