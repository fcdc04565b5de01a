import { readFileSync, writeFileSync } from "node:fs";

/** The scheduler and its launcher. */
export function processesOf(schedulerPid: number): number[] {
  const children = readFileSync(`/proc/${schedulerPid}/task/${schedulerPid}/children`, "latin1")
    .split(" ")
    .filter((text) => text.trim() !== "")
    .map(Number);
  return [schedulerPid, launcherAmong(children)];
}

function launcherAmong(pids: readonly number[]): number {
  const found = pids.find((pid) => readFileSync(`/proc/${pid}/cmdline`).includes("/launcher."));
  if (found === undefined) throw new Error("the scheduler has no launcher");
  return found;
}

/** Makes the highest resident memory that the system remembers of a process that of now. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

export function residentBytes(pid: number): number {
  return statusBytes(pid, "VmRSS");
}

/** The highest resident memory since `forgetPeak`. */
export function peakBytes(pid: number): number {
  return statusBytes(pid, "VmHWM");
}

function statusBytes(pid: number, key: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN) * 1_024;
}
