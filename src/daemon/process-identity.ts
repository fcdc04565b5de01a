import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { processStartTime } from "../execute/probe.ts";

/**
 * What tells a process from every other that had or has its pid: when it started, and the namespace
 * in which its pid counts, since two containers may share a host's name. Null: there is none, or it
 * may not be looked at.
 */
export async function processIdentity(pid: number): Promise<string | null> {
  const start = await processStartTime(pid);
  return start === null ? null : `${start}@${NAMESPACE}`;
}

/** Whether the pid of the process with that identity means the same process here. */
export function sharesPids(identity: string): boolean {
  return identity.endsWith(`@${NAMESPACE}`);
}

/** Whether the process with that identity started since this machine did, as far as that is known. */
export function sharesBoot(identity: string, own: string): boolean {
  return bootOf(identity) === bootOf(own);
}

/** Whether the process of a node runs on this machine, or in this container. */
export async function runsHere(node: {
  host: string;
  processStart: string | null;
}): Promise<boolean> {
  const { host, processStart } = node;
  if (host !== hostname()) return false;
  const own = await processIdentity(process.pid);
  if (own === null || processStart === null) return true;
  return sharesPids(processStart) && sharesBoot(processStart, own);
}

/** A start time is `boot id:ticks`; another boot id is another machine, or a restart of this one. */
function bootOf(identity: string): string | undefined {
  return identity.split(":")[0];
}

const NAMESPACE = readNamespace();

function readNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
