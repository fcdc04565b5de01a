import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** A clock tick of `/proc` is this long on every Linux that Node runs on. */
const TICK_MS = 10;

/** CPU time in ms that a process and everything it ever started have used; 0 where nothing tells it. */
export function treeCpuMs(pid: number): number {
  const ticks = treeOf(pid).reduce((sum, member) => {
    const process = readProcess(member);
    return sum + (process === null ? 0 : process.ticks + process.endedTicks);
  }, 0);
  return ticks * TICK_MS;
}

/** The process and all that it started and that still run, in no order. */
export function treeOf(pid: number): number[] {
  const children = childrenByParent();
  const below = (parent: number): number[] =>
    (children.get(parent) ?? []).flatMap((child) => [child.pid, ...below(child.pid)]);
  return [pid, ...below(pid)];
}

/** The launcher of a scheduler; null: it has none just now. */
export function launcherOf(schedulerPid: number): number | null {
  const children = readOrNothing(`/proc/${schedulerPid}/task/${schedulerPid}/children`);
  const pids = children.split(" ").filter((text) => text.trim() !== "");
  const pid = pids.find((child) => readOrNothing(`/proc/${child}/cmdline`).includes("/launcher."));
  return pid === undefined ? null : Number(pid);
}

/** Resident memory of one process in bytes; 0: it has ended. */
export function residentBytes(pid: number): number {
  return kilobytesOf(`/proc/${pid}/status`, "VmRSS") * 1_024;
}

/** The highest resident memory in bytes since `forgetPeak`. */
export function peakBytes(pid: number): number {
  return kilobytesOf(`/proc/${pid}/status`, "VmHWM") * 1_024;
}

/** Makes the highest resident memory that the system remembers of a process that of now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** Memory of processes in bytes, in which what several share counts once. */
export function proportionalBytes(pids: readonly number[]): number {
  return (
    pids.reduce((sum, pid) => sum + kilobytesOf(`/proc/${pid}/smaps_rollup`, "Pss"), 0) * 1_024
  );
}

interface Process {
  pid: number;
  parent: number;
  /** Of its own. */
  ticks: number;
  /** Of the children that it has seen end. */
  endedTicks: number;
}

function childrenByParent(): Map<number, Process[]> {
  const children = new Map<number, Process[]>();
  for (const name of readdirSync("/proc")) {
    const process = /^\d+$/.test(name) ? readProcess(Number(name)) : null;
    if (process === null) continue;
    children.set(process.parent, [...(children.get(process.parent) ?? []), process]);
  }
  return children;
}

function readProcess(pid: number): Process | null {
  const text = readOrNothing(`/proc/${pid}/stat`);
  // The name of the program, in brackets, may hold anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields.length < 15) return null;
  const number = (index: number): number => Number(fields[index]);
  return {
    pid,
    parent: number(1),
    ticks: number(11) + number(12),
    endedTicks: number(13) + number(14),
  };
}

function kilobytesOf(file: string, key: string): number {
  const found = new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(readOrNothing(file));
  return Number(found?.[1] ?? 0);
}

/** A process may end while it is looked at. */
function readOrNothing(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
