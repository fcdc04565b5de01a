import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

/** One environment variable that marks the processes of a run or of a node. */
export interface ProcessTag {
  name: string;
  value: string;
}

/**
 * When a process started, as a text that no other process of this machine ever has together with
 * the same pid; null when there is no such process. A pid alone is reused.
 */
export async function processStartTime(pid: number): Promise<string | null> {
  if (!isOtherProcess(pid) && pid !== process.pid) return null;
  if (process.platform !== "linux") return startTimeFromPs(pid);
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may hold blanks and parentheses; the fields follow its last one.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return ticks === undefined ? null : `${boot}:${ticks}`;
  } catch {
    return null;
  }
}

/** The live processes that carry any of the tags in their environment, this one left out. */
export async function findTaggedProcesses(tags: readonly ProcessTag[]): Promise<number[]> {
  const texts = tags.map((tag) => `${tag.name}=${tag.value}`);
  const found = process.platform === "linux" ? scanProc(texts) : await scanPs(texts);
  return [...new Set([...found.values()].flat())];
}

/**
 * SIGKILL to every process that carries the tag, until two scans in a row find none. Processes
 * that cannot be killed are given up after five seconds and are not in `killed`.
 */
export async function sweepTagged(tag: ProcessTag): Promise<{ killed: number[] }> {
  const { killed } = await sweep(tag);
  return { killed };
}

/** As `sweepTagged`, and tells which processes survived it. */
export async function sweep(tag: ProcessTag): Promise<{ killed: number[]; survivors: number[] }> {
  const killed = new Set<number>();
  const giveUpMs = performance.now() + SWEEP_LIMIT_MS;
  let clean = 0;
  for (;;) {
    const pids = (await sharedScan(`${tag.name}=${tag.value}`)).filter(isOtherProcess);
    clean = pids.length === 0 ? clean + 1 : 0;
    if (clean === 2) return { killed: [...killed], survivors: [] };
    if (performance.now() > giveUpMs) {
      return { killed: [...killed].filter((pid) => !pids.includes(pid)), survivors: pids };
    }
    for (const pid of pids) if (signalProcess(pid, "SIGKILL")) killed.add(pid);
    if (pids.length > 0) await delay(5);
  }
}

/** Signals one process; false when it is gone, foreign or must never be signalled. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  return isOtherProcess(pid) && kill(pid, signal);
}

/** Signals a process group by the pid of its leader. `0` only asks whether it has members. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  return isOtherProcess(leader) && kill(-leader, signal);
}

const SWEEP_LIMIT_MS = 5_000;

/** Neither 0, 1 nor a negative number, each of which means more than one process; nor us. */
function isOtherProcess(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1 && pid !== process.pid && pid !== process.ppid;
}

function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

let waiting: { text: string; resolve(pids: number[]): void; reject(error: unknown): void }[] = [];

/** One look at the process table serves every sweep that asked for it before it began. */
function sharedScan(text: string): Promise<number[]> {
  return new Promise((resolve, reject) => {
    waiting.push({ text, resolve, reject });
    if (waiting.length === 1) setImmediate(() => void scanForWaiting());
  });
}

async function scanForWaiting(): Promise<void> {
  const served = waiting;
  waiting = [];
  try {
    const texts = served.map((request) => request.text);
    const found = process.platform === "linux" ? scanProc(texts) : await scanPs(texts);
    for (const request of served) request.resolve(found.get(request.text) ?? []);
  } catch (error) {
    for (const request of served) request.reject(error);
  }
}

/** The pids by the `NAME=value` that their environment holds. Foreign users' are not readable. */
function scanProc(texts: string[]): Map<string, number[]> {
  const found = new Map<string, number[]>(texts.map((text) => [text, []]));
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!isOtherProcess(pid)) continue;
    const environment = readEnvironment(pid);
    if (environment === "") continue;
    for (const [text, pids] of found) {
      if (environment.includes(`\0${text}\0`)) pids.push(pid);
    }
  }
  return found;
}

function readEnvironment(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/environ`, "latin1");
    return text === "" ? "" : `\0${text}\0`;
  } catch {
    return "";
  }
}

/** Best effort where there is no /proc: macOS shows the environment of one's own processes. */
async function scanPs(texts: string[]): Promise<Map<string, number[]>> {
  const lines = await ps(["-A", "-E", "-ww", "-o", "pid=,command="]);
  const found = new Map<string, number[]>(texts.map((text) => [text, []]));
  for (const line of lines) {
    const pid = Number.parseInt(line, 10);
    if (!isOtherProcess(pid)) continue;
    for (const [text, pids] of found) if (`${line} `.includes(` ${text} `)) pids.push(pid);
  }
  return found;
}

async function startTimeFromPs(pid: number): Promise<string | null> {
  const [line] = await ps(["-o", "lstart=", "-p", String(pid)]);
  return line?.trim() || null;
}

async function ps(args: string[]): Promise<string[]> {
  try {
    const options = { maxBuffer: 64 * 1_048_576, env: { ...process.env, LC_ALL: "C" } };
    const { stdout } = await promisify(execFile)("ps", args, options);
    return stdout.split("\n").filter((line) => line !== "");
  } catch {
    return [];
  }
}
