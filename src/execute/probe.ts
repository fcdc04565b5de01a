import { readFileSync } from "node:fs";
import { ps, statFields } from "./process-table.ts";
import { isOtherProcess } from "./signals.ts";

/**
 * When a process started, as a text that no other process of this machine ever has together with
 * the same pid; null when there is no such process. A pid alone is reused.
 */
export async function processStartTime(pid: number): Promise<string | null> {
  if (!isOtherProcess(pid) && pid !== process.pid) return null;
  if (process.platform !== "linux") return startTimeFromPs(pid);
  try {
    const ticks = statFields(pid)[19];
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return ticks === undefined ? null : `${boot}:${ticks}`;
  } catch {
    return null;
  }
}

/** Whether there is a process of that pid. It may be hidden: a system can show each user only theirs. */
export function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function startTimeFromPs(pid: number): Promise<string | null> {
  const [line] = await ps(["-o", "lstart=", "-p", String(pid)]);
  return line?.trim() || null;
}
