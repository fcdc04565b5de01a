import { execFile } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { promisify } from "node:util";
import { givenBetween, markPids, type PidMark } from "./pid-mark.ts";
import { isOtherProcess } from "./signals.ts";

/** One environment variable that marks the processes of a run or of a node. */
export interface ProcessTag {
  name: string;
  value: string;
}

/** Marks the processes of an execution, by its id. */
export const EXECUTION_TAG: string = "CRONVERGE_EXECUTION_ID";

/** Marks the processes that tell of an execution, by the id of the notice. */
export const NOTICE_TAG: string = "CRONVERGE_NOTICE_ID";

/** Marks all processes of a node's runs, by its id. */
const NODE_TAG = "CRONVERGE_NODE";

export function nodeTag(nodeId: string): ProcessTag {
  return { name: NODE_TAG, value: nodeId };
}

/** What a look at the process table is for. */
export interface TagSearch {
  tag: ProcessTag;
  /** From before any process carried the tag: older ones are passed over. Null: not known. */
  since: PidMark | null;
  /** Called at once for each process found: one that forks is gone a moment later. */
  found: (pid: number) => void;
}

/** The live processes that carry any of the tags in their environment, this one left out. */
export async function findTaggedProcesses(tags: readonly ProcessTag[]): Promise<number[]> {
  const found = new Set<number>();
  const searches = tags.map((tag) => ({
    tag,
    since: null,
    found: (pid: number) => found.add(pid),
  }));
  await searchProcesses(searches);
  return [...found];
}

/** Looks through the process table once, for all searches. Foreign users' processes are not seen. */
export async function searchProcesses(searches: readonly TagSearch[]): Promise<void> {
  return process.platform === "linux" ? searchProc(searches) : searchPs(searches);
}

/** How long processes are found in a table that never stands still. */
const RESTLESS_MS = 100;

/** How often the table is listed again because of processes of which nothing is known. */
const MAX_GONE = 3;

/**
 * A process may fork and end between the listing of the table and the look at it: the child is then
 * in neither. So whenever one was found the table is listed again, and what is new in it is looked
 * at, until none is. Of one that was gone before the look nobody knows whose it was, and a busy
 * machine has them all the time: that is a reason to list again a few times only.
 */
function searchProc(searches: readonly TagSearch[]): void {
  const seen = new Set<number>();
  const giveUpMs = performance.now() + RESTLESS_MS;
  let gone = 0;
  for (let again = true; again && performance.now() < giveUpMs;) {
    again = false;
    let missed = false;
    // The newest first: they are the ones that may be gone soon.
    for (const { pid, looking } of listProcesses(searches).toReversed()) {
      if (seen.has(pid)) continue;
      const environment = readEnvironment(pid);
      if (environment !== "unborn") seen.add(pid);
      if (typeof environment === "string") missed ||= environment !== "none";
      else if (report(pid, environment, looking)) again = true;
    }
    if (missed) gone += 1;
    if (missed && gone <= MAX_GONE) again = true;
  }
}

/** The processes there are now that a search may be for, with those searches. */
function listProcesses(searches: readonly TagSearch[]): { pid: number; looking: TagSearch[] }[] {
  const names = readdirSync("/proc");
  // Marked after the listing, so that no pid of the list is beyond the mark.
  const now = markPids();
  const tests = searches.map((search) => ({ search, isNew: givenBetween(search.since, now) }));
  const listed: { pid: number; looking: TagSearch[] }[] = [];
  for (const name of names) {
    const pid = Number(name);
    if (!isOtherProcess(pid) || !tests.some(({ isNew }) => isNew(pid))) continue;
    listed.push({
      pid,
      looking: tests.filter(({ isNew }) => isNew(pid)).map((test) => test.search),
    });
  }
  return listed;
}

function report(pid: number, environment: Buffer, searches: readonly TagSearch[]): boolean {
  // What tells of an execution knows its id, and is none of its processes.
  const isNotice = environment.includes(`\0${NOTICE_TAG}=`);
  const matching = searches.filter(
    ({ tag: { name, value } }) =>
      !(isNotice && name === EXECUTION_TAG) && environment.includes(`\0${name}=${value}\0`),
  );
  for (const search of matching) search.found(pid);
  return matching.length > 0;
}

/** Read into again and again: most of the cost of a look is in the calls to the system. */
const block: Buffer = Buffer.alloc(65_536);

/**
 * The environment of a process between two NUL; `none` of one that cannot have any or is not ours
 * to see, `gone` of one that ended, `unborn` of one that is just changing its program.
 */
function readEnvironment(pid: number): Buffer | "none" | "gone" | "unborn" {
  const path = `/proc/${pid}/environ`;
  try {
    const bytes = readInto(path, block.subarray(1, -1));
    if (bytes === 0) return isUnborn(pid) ? "unborn" : "none";
    if (bytes === block.length - 2) return Buffer.from(`\0${readFileSync(path, "latin1")}\0`);
    block[bytes + 1] = 0;
    return block.subarray(0, bytes + 2);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    return code === "ENOENT" || code === "ESRCH" ? "gone" : "none";
  }
}

function readInto(path: string, target: Buffer): number {
  const file = openSync(path, "r");
  try {
    let bytes = 0;
    for (let read = -1; read !== 0 && bytes < target.length; bytes += read) {
      read = readSync(file, target, bytes, target.length - bytes, null);
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** Set for the threads of the kernel, which have no environment. */
const KERNEL_THREAD = 0x0020_0000;

/** Whether a process without an environment will have one: not if it is dead, or of the kernel. */
function isUnborn(pid: number): boolean {
  const fields = statFields(pid);
  const [state = "X"] = fields;
  return !["Z", "X", "x"].includes(state) && (Number(fields[6]) & KERNEL_THREAD) === 0;
}

/**
 * The fields of `/proc/PID/stat` after the name, which may itself hold blanks and parentheses: the
 * state first. Empty when there is no such process.
 */
export function statFields(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

/** Best effort where there is no /proc: macOS shows the environment of one's own processes. */
async function searchPs(searches: readonly TagSearch[]): Promise<void> {
  for (const line of await ps(["-A", "-E", "-ww", "-o", "pid=,command="])) {
    const pid = Number.parseInt(line, 10);
    if (!isOtherProcess(pid)) continue;
    for (const { tag, found } of searches) {
      if (`${line} `.includes(` ${tag.name}=${tag.value} `)) found(pid);
    }
  }
}

/** The lines that `ps` prints; none when it fails. */
export async function ps(args: string[]): Promise<string[]> {
  try {
    const options = { maxBuffer: 64 * 1_048_576, env: { ...process.env, LC_ALL: "C" } };
    const { stdout } = await promisify(execFile)("ps", args, options);
    return stdout.split("\n").filter((line) => line !== "");
  } catch {
    return [];
  }
}
