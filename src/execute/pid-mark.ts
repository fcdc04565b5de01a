import { readFileSync } from "node:fs";

/** How far the system had counted its processes at an instant. */
export interface PidMark {
  lastPid: number;
  /** Processes and threads ever started on the machine. */
  forks: number;
}

/** Null where the system does not tell. */
export function markPids(): PidMark | null {
  if (process.platform !== "linux") return null;
  try {
    const lastPid = Number(readFileSync("/proc/loadavg", "latin1").trim().split(" ").at(-1));
    const forks = /^processes (\d+)/m.exec(readFileSync("/proc/stat", "latin1"))?.[1];
    return lastPid > 0 && forks !== undefined ? { lastPid, forks: Number(forks) } : null;
  } catch {
    return null;
  }
}

/**
 * A test of whether a pid may have been given between two marks. Pids are given in rising order, and
 * from the start again after the highest. A table of a thousand processes takes forty milliseconds
 * to look through, the few that are new take one. Everything passes when a mark is missing, or when
 * so many processes were started in between that the count may have gone round.
 */
export function givenBetween(from: PidMark | null, to: PidMark | null): (pid: number) => boolean {
  if (from === null || to === null || to.forks - from.forks > highestPid() / 2) return () => true;
  const [first, last] = [from.lastPid, to.lastPid];
  if (first <= last) return (pid) => pid > first && pid <= last;
  return (pid) => pid > first || pid <= last;
}

let knownHighest: number | undefined;

function highestPid(): number {
  if (knownHighest !== undefined) return knownHighest;
  try {
    knownHighest = Number(readFileSync("/proc/sys/kernel/pid_max", "latin1"));
  } catch {
    knownHighest = 0;
  }
  return knownHighest;
}
