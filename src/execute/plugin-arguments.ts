import { realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { AttemptRequest } from "./attempt-request.ts";

/** What Node needs beside the heap of the job: about the memory of an empty process. */
const NODE_BYTES = 64 * 1_048_576;
const MIN_HEAP_BYTES = 32 * 1_048_576;

/**
 * The arguments that start a plugin's process with what its job grants and nothing else, or the
 * reason why a grant cannot be given.
 *
 * Absent on purpose: workers, addons, WASI and the inspector, each of which leaves the limits;
 * `node:sqlite`, which opens any file; a value for `--allow-net`, which Node ignores and grants all.
 */
export async function pluginArguments(
  request: AttemptRequest,
  programFile: string,
): Promise<{ args: string[] } | { problem: string }> {
  const { permissions, memoryBytes } = request.spec;
  const starred = [...permissions.read, ...permissions.write].find((path) => path.includes("*"));
  // Node would take a star for "everything that begins like this".
  if (starred !== undefined) return { problem: `the path ${starred} in permissions has a *` };
  const heapBytes = Math.max(MIN_HEAP_BYTES, memoryBytes - NODE_BYTES);
  const args = [
    "--permission",
    "--no-experimental-sqlite",
    "--disable-sigusr1",
    "--enable-source-maps",
    `--max-old-space-size=${Math.floor(heapBytes / 1_048_576)}`,
  ];
  if (permissions.net) args.push("--allow-net");
  if (permissions.run) args.push("--allow-child-process");
  for (const path of permissions.read) {
    const granted = await grantedPaths(resolve(request.configDir, path));
    args.push(...granted.map((place) => `--allow-fs-read=${place}`));
  }
  for (const path of permissions.write) {
    const granted = await grantedPaths(resolve(request.configDir, path));
    args.push(...granted.map((place) => `--allow-fs-write=${place}`));
  }
  return { args: [...args, programFile] };
}

/**
 * The real path, because Node compares real paths. What does not exist yet is granted both as a
 * file and as a folder: the name alone would let the job make the folder and put nothing in it.
 */
async function grantedPaths(path: string): Promise<string[]> {
  const real = await realExisting(path);
  const exists = await stat(real).then(
    () => true,
    () => false,
  );
  return exists ? [real] : [real, join(real, "*")];
}

/** The path with the part of it that exists made real. */
async function realExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realExisting(parent), path.slice(parent.length));
  }
}
