/** Signals one process; false when it is gone, foreign or must never be signalled. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  return isOtherProcess(pid) && kill(pid, signal);
}

/** Signals a process group by the pid of its leader. `0` only asks whether it has members. */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  return isOtherProcess(leader) && kill(-leader, signal);
}

/** Neither 0, 1 nor a negative number, each of which means more than one process; nor us. */
export function isOtherProcess(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1 && pid !== process.pid && pid !== process.ppid;
}

function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
