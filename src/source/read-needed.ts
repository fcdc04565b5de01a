import { errorMessage, SchedulerError } from "../model/errors.ts";
import type { FileTree } from "../model/file-tree.ts";

/**
 * The text of a file that decides which code is run. To pass over one that cannot be read would hide
 * a change of it from its reviewer.
 *
 * @throws SchedulerError `io` where it cannot be read, or has more than `maxBytes`.
 */
export async function readNeeded(
  file: string,
  { tree, maxBytes }: { tree: FileTree; maxBytes: number },
): Promise<string> {
  try {
    return new TextDecoder().decode(await tree.read(file, maxBytes));
  } catch (error) {
    if (error instanceof SchedulerError) throw error;
    throw new SchedulerError("io", `${file} cannot be read: ${errorMessage(error)}`, {
      help: "it decides which packages the job code gets: put an ordinary file there, or remove it",
      cause: error,
    });
  }
}
