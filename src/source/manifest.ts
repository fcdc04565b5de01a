import { dirname, join } from "node:path";
import type { JsonValue } from "../model/json.ts";
import { asObject, parseObject } from "../model/json.ts";
import type { FileTree } from "../model/file-tree.ts";

/** What a package.json says that decides what an import means. */
export interface Manifest {
  /** The folder it stands in. */
  folder: string;
  /** The package's own name, and those of all that it depends on. */
  packages: ReadonlySet<string>;
  /** Its `imports`: names that start with `#`, and what they stand for. */
  imports: ReadonlyMap<string, JsonValue>;
}

/** The nearest package.json at or above a folder and inside `root`; null where there is none. */
export async function findManifest(
  folder: string,
  { root, tree }: { root: string; tree: FileTree },
): Promise<Manifest | null> {
  for (let parent = folder; ; parent = dirname(parent)) {
    const file = join(parent, "package.json");
    if ((await tree.stat(file))?.kind === "file") {
      return readManifest(parent, new TextDecoder().decode(await tree.read(file)));
    }
    if (parent === root || parent === dirname(parent)) return null;
  }
}

const DEPENDENCIES = [
  "dependencies",
  "devDependencies",
  "optionalDependencies",
  "peerDependencies",
] as const;

/** A manifest that is no JSON says nothing: it is another program's business to complain of it. */
function readManifest(folder: string, text: string): Manifest {
  const value = parseObject(text);
  const names = DEPENDENCIES.flatMap((key) => Object.keys(asObject(value[key])));
  const own = typeof value["name"] === "string" ? [value["name"]] : [];
  return {
    folder,
    packages: new Set([...own, ...names]),
    imports: new Map(Object.entries(asObject(value["imports"]))),
  };
}
