import type { EmbeddedDisk } from "../../store/embedded-disk.ts";
import { bytesText } from "../../views/bytes.ts";
import type { DoctorFinding } from "../../views/doctor.ts";
import { findingsOf, someOf } from "./finding.ts";

const { ok, hint, wrong } = findingsOf("database");

const LOW_BYTES = 1e9;
const FULL_BYTES = 100e6;

/** Where the embedded database lies. */
export function checkDisk(disk: EmbeddedDisk): DoctorFinding[] {
  return [
    checkModes(disk),
    checkSpace(disk),
    ...checkFileSystem(disk),
    ...checkFolder(disk),
    ...checkLeftovers(disk),
  ];
}

export function checkModes(
  disk: Pick<EmbeddedDisk, "directory" | "directoryMode" | "passwordMode">,
): DoctorFinding {
  const { directory, directoryMode, passwordMode } = disk;
  const open = [
    ...((directoryMode & 0o077) === 0 ? [] : [`chmod 700 ${directory}`]),
    ...(((passwordMode ?? 0) & 0o077) === 0 ? [] : [`chmod 600 ${directory}/password`]),
  ];
  if (open.length === 0) return ok("database-modes", `nobody else may look into ${directory}`);
  const message = `others on this machine may look into ${directory}`;
  return wrong("database-modes", message, open.join(" && "));
}

export function checkSpace({
  directory,
  freeBytes,
}: Pick<EmbeddedDisk, "directory" | "freeBytes">): DoctorFinding {
  const message = `${bytesText(freeBytes)} are left on the disk of ${directory}`;
  if (freeBytes >= LOW_BYTES) return ok("database-disk", message);
  const help = "make room, or shorten retention: of the config";
  const full = "; when it is full nothing is recorded, and nothing new starts";
  return freeBytes < FULL_BYTES
    ? wrong("database-disk", message + full, help)
    : hint("database-disk", message + full, help);
}

/** By the numbers of Linux. */
const FILE_SYSTEMS: Readonly<Record<number, { kind: string; memory: boolean }>> = {
  0x6969: { kind: "NFS", memory: false },
  0xff534d42: { kind: "CIFS", memory: false },
  0xfe534d42: { kind: "SMB", memory: false },
  0x517b: { kind: "SMB", memory: false },
  0x01021997: { kind: "9p", memory: false },
  0x65735546: { kind: "FUSE", memory: false },
  0x00c36400: { kind: "Ceph", memory: false },
  0x01021994: { kind: "tmpfs", memory: true },
  0x858458f6: { kind: "ramfs", memory: true },
};

export function checkFileSystem({
  directory,
  fileSystem,
}: Pick<EmbeddedDisk, "directory" | "fileSystem">): DoctorFinding[] {
  const found = FILE_SYSTEMS[fileSystem];
  if (found === undefined) return [];
  const { kind, memory } = found;
  const message = memory
    ? `${directory} is in memory (${kind}): all is gone after a restart of the machine`
    : `${directory} is on ${kind}, which does not always keep the promises that a database needs`;
  return [hint("database-file-system", message, MOVE)];
}

const MOVE = "keep the state on a disk of this machine: --state-dir FOLDER or CRONVERGE_STATE_DIR";

const CLEANED = /^\/(?:private\/)?(?:tmp|var\/tmp|dev\/shm)\//;
const SYNCED =
  /\/(?:Dropbox|OneDrive[^/]*|Google ?Drive|iCloud[^/]*|Nextcloud|ownCloud|Syncthing|Sync)\//i;

export function checkFolder({ directory }: Pick<EmbeddedDisk, "directory">): DoctorFinding[] {
  if (CLEANED.test(directory)) {
    return [hint("database-folder", `${directory} is in a folder that systems clean up`, MOVE)];
  }
  if (!SYNCED.test(directory)) return [];
  const message = `${directory} is in a folder that a program copies elsewhere, which breaks a database`;
  return [hint("database-folder", message, MOVE)];
}

export function checkLeftovers({ leftovers }: Pick<EmbeddedDisk, "leftovers">): DoctorFinding[] {
  if (leftovers.length === 0) return [];
  const message = `a start that was cut left ${someOf(leftovers)}`;
  return [hint("database-leftovers", message, "remove it: nothing uses it")];
}
