import type { MachineFacts } from "../../execute/machine-facts.ts";
import type { JobSpec } from "../../model/job.ts";
import { bytesText } from "../../views/bytes.ts";
import type { DoctorFinding } from "../../views/doctor.ts";
import { findingsOf } from "./finding.ts";

const { ok, hint, wrong } = findingsOf("machine");

/** What a run needs of the limit of open files: its pipes, its channel and its look at the table. */
const FILES_PER_RUN = 8;
const FILES_OF_NODE = 200;
/** Of a scheduler and its launcher. */
const OWN_MEMORY_BYTES = 250e6;
const LEAST_WATCHES = 8_192;
const LEAST_INSTANCES = 16;

/** The machine for a node that runs so many jobs at a time. `embedded`: it has PostgreSQL to run too. */
export function checkMachine(
  facts: MachineFacts,
  needs: { embedded: boolean; concurrency: number; jobs: readonly JobSpec[] },
): DoctorFinding[] {
  return [
    checkNode(facts),
    checkPlatform(facts, needs.embedded),
    checkOpenFiles(facts, needs.concurrency),
    ...checkInotify(facts),
    checkMemory(facts, needs),
  ];
}

export function checkNode({ nodeVersion, permissionModel }: MachineFacts): DoctorFinding {
  if (permissionModel) return ok("node", `Node ${nodeVersion} with its permission model`);
  const message = `Node ${nodeVersion} lacks the permission model by which plugins are held`;
  return wrong("node", message, "install Node 26 or newer as its makers built it");
}

export function checkPlatform(facts: MachineFacts, embedded: boolean): DoctorFinding {
  const { platform, arch, glibc } = facts;
  const name = `${platform}-${arch}${glibc === null ? "" : ` with glibc ${glibc}`}`;
  const known = platform === "darwin" || (platform === "linux" && glibc !== null);
  if (known) return ok("platform", name);
  const message = `${name} is not tried: Cronverge is made for Linux with glibc and for macOS`;
  if (!embedded) return hint("platform", message, "run your own jobs there before you trust it");
  return wrong("platform", message, "the embedded PostgreSQL does not run here: set database.url");
}

export function checkOpenFiles(
  { openFiles }: Pick<MachineFacts, "openFiles">,
  concurrency: number,
): DoctorFinding {
  const needed = FILES_OF_NODE + FILES_PER_RUN * concurrency;
  if (openFiles === null) return ok("open-files", "no limit of open files is known here");
  if (openFiles >= needed) return ok("open-files", `${openFiles} open files are allowed`);
  const message = `${openFiles} open files are allowed, and ${concurrency} jobs at a time may need ${needed}`;
  return hint(
    "open-files",
    message,
    `raise it: ulimit -n ${needed}, or LimitNOFILE= of the service`,
  );
}

export function checkInotify(
  facts: Pick<MachineFacts, "inotifyWatches" | "inotifyInstances">,
): DoctorFinding[] {
  const { inotifyWatches: watches, inotifyInstances: instances } = facts;
  if (watches === null || instances === null) return [];
  const few = [
    ...(watches < LEAST_WATCHES ? [`fs.inotify.max_user_watches=${LEAST_WATCHES}`] : []),
    ...(instances < LEAST_INSTANCES ? [`fs.inotify.max_user_instances=${LEAST_INSTANCES}`] : []),
  ];
  if (few.length === 0) return [ok("inotify", `${watches} files can be watched for changes`)];
  const message = `only ${watches} files by ${instances} programs can be watched, so that a save may be seen late`;
  return [hint("inotify", message, `let an administrator run: sysctl ${few.join(" ")}`)];
}

export function checkMemory(
  { memoryBytes, memoryLimitBytes }: Pick<MachineFacts, "memoryBytes" | "memoryLimitBytes">,
  { concurrency, jobs }: { concurrency: number; jobs: readonly JobSpec[] },
): DoctorFinding {
  const most = memoryLimitBytes ?? memoryBytes;
  const limits = jobs
    .flatMap((job) =>
      Array.from({ length: Math.min(job.concurrency, concurrency) }, () => job.memoryBytes),
    )
    .sort((a, b) => b - a)
    .slice(0, concurrency);
  const needed = OWN_MEMORY_BYTES + limits.reduce((sum, bytes) => sum + bytes, 0);
  const whose =
    memoryLimitBytes === null ? "the machine has" : "the container or service is allowed";
  if (needed <= most) return ok("memory", `${whose} ${bytesText(most)} of memory`);
  const message = `${whose} ${bytesText(most)} of memory, and ${limits.length} jobs at once may take ${bytesText(needed)} before one is ended for it`;
  return hint("memory", message, "lower memory: of the jobs or node: concurrency, or give it more");
}
