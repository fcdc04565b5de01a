import { readFile } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";

/** What the machine lets a process of ours do. Null: not known, or nothing of that kind here. */
export interface MachineFacts {
  nodeVersion: string;
  /** This Node can keep a job's process from files, network and other processes. */
  permissionModel: boolean;
  platform: NodeJS.Platform;
  arch: string;
  /** Of Linux with glibc. */
  glibc: string | null;
  cores: number;
  memoryBytes: number;
  /** That a container or a service manager allows, where it is less than the machine has. */
  memoryLimitBytes: number | null;
  openFiles: number | null;
  inotifyWatches: number | null;
  inotifyInstances: number | null;
}

export async function readMachineFacts(): Promise<MachineFacts> {
  const constrained = process.constrainedMemory();
  const memoryBytes = totalmem();
  return {
    nodeVersion: process.version,
    permissionModel: ["--permission", "--allow-net"].every((flag) =>
      process.allowedNodeEnvironmentFlags.has(flag),
    ),
    platform: process.platform,
    arch: process.arch,
    glibc: glibcVersion(),
    cores: availableParallelism(),
    memoryBytes,
    memoryLimitBytes: constrained > 0 && constrained < memoryBytes ? constrained : null,
    openFiles: await openFileLimit(),
    inotifyWatches: await readNumber("/proc/sys/fs/inotify/max_user_watches"),
    inotifyInstances: await readNumber("/proc/sys/fs/inotify/max_user_instances"),
  };
}

function glibcVersion(): string | null {
  // Its look at the network would resolve names. Not in the types yet.
  Object.assign(process.report, { excludeNetwork: true });
  const found: unknown = process.report.getReport();
  const header = isObject(found) ? found["header"] : null;
  const version = isObject(header) ? header["glibcVersionRuntime"] : null;
  return typeof version === "string" ? version : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

async function openFileLimit(): Promise<number | null> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  const found = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return found === undefined ? null : Number(found);
}

async function readNumber(file: string): Promise<number | null> {
  const text = await readFile(file, "utf8").catch(() => null);
  return text === null || !/^\d+\s*$/.test(text) ? null : Number(text);
}
