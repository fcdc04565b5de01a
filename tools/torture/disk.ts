import { spawnSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A small disk that can be filled. */
export interface Disk extends AsyncDisposable {
  /** Why there is none; null: there is one. */
  refused: string | null;
  fill(full: boolean): Promise<void>;
}

const SIZE_BYTES = 4 * 1_048_576;

/** Puts a small disk of its own below the folder, where the system lets us mount one. */
export async function openDisk(folder: string): Promise<Disk> {
  await mkdir(folder, { recursive: true });
  const mounted = spawnSync("mount", [
    "-t",
    "tmpfs",
    "-o",
    `size=${SIZE_BYTES}`,
    "torture",
    folder,
  ]);
  const ballast = join(folder, "ballast");
  const refused =
    mounted.status === 0 ? null : `no disk can be mounted: ${mounted.stderr?.toString().trim()}`;
  return {
    refused,
    async fill(full) {
      if (refused !== null) return;
      // Writing more than there is fails when the disk is full, as it is to be.
      if (full) await writeFile(ballast, Buffer.alloc(SIZE_BYTES * 2)).catch(() => undefined);
      else await rm(ballast, { force: true });
    },
    async [Symbol.asyncDispose]() {
      if (refused === null) spawnSync("umount", ["-l", folder]);
    },
  };
}
