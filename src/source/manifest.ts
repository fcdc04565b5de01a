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
  /** The file that stands for the folder, where it names one. */
  main: string | null;
}

/** What was found once, by folder, for as long as one reading of the project lasts. */
export type KnownManifests = Map<string, Promise<Manifest | null>>;

/** The nearest package.json at or above a folder and inside `root`; null where there is none. */
export async function findManifest(
  folder: string,
  scope: { root: string; tree: FileTree; manifests: KnownManifests },
): Promise<Manifest | null> {
  const { root, manifests } = scope;
  const known = manifests.get(folder) ?? readManifest(folder, scope.tree);
  manifests.set(folder, known);
  const found = await known;
  const isLast = folder === root || folder === dirname(folder);
  return found !== null || isLast ? found : findManifest(dirname(folder), scope);
}

/** The package.json of just this folder. */
export async function readManifest(folder: string, tree: FileTree): Promise<Manifest | null> {
  const file = join(folder, "package.json");
  if ((await tree.stat(file))?.kind !== "file") return null;
  return parseManifest(folder, new TextDecoder().decode(await tree.read(file)));
}

const DEPENDENCIES = [
  "dependencies",
  "devDependencies",
  "optionalDependencies",
  "peerDependencies",
] as const;

/** A manifest that is no JSON says nothing: it is another program's business to complain of it. */
function parseManifest(folder: string, text: string): Manifest {
  const value = parseObject(text);
  const names = DEPENDENCIES.flatMap((key) => Object.keys(asObject(value[key])));
  const own = typeof value["name"] === "string" ? [value["name"]] : [];
  return {
    folder,
    packages: new Set([...own, ...names]),
    imports: new Map(Object.entries(asObject(value["imports"]))),
    main: typeof value["main"] === "string" ? value["main"] : null,
  };
}
