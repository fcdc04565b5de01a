import { join } from "node:path";
import type { JsonValue } from "../model/json.ts";
import { asObject, parseObject } from "../model/json.ts";
import type { FileTree } from "../model/file-tree.ts";
import { readNeeded } from "./read-needed.ts";
import { upward } from "./upward.ts";

/** What a package.json says that decides what an import means. */
export interface Manifest {
  /** The folder it stands in. */
  folder: string;
  /** The package's own name. */
  name: string | null;
  /** The package's own name, and those of all that it depends on. */
  packages: ReadonlySet<string>;
  /** Its `imports`: names that start with `#`, and what they stand for. */
  imports: ReadonlyMap<string, JsonValue>;
  /** Its `exports`; null where it has none. */
  exports: JsonValue;
  /** The files that may stand for the folder, the first that exists. */
  mains: readonly string[];
  /** All of it. */
  value: Readonly<Record<string, JsonValue>>;
}

/** Where a package.json is read. */
export interface ManifestScope {
  tree: FileTree;
  /** What was found once, by folder, for as long as one reading of the project lasts. */
  manifests: Map<string, Promise<Manifest | null>>;
}

/** The nearest package.json at or above a folder and inside `root`; null where there is none. */
export async function findManifest(
  folder: string,
  scope: ManifestScope & { root: string },
): Promise<Manifest | null> {
  for (const parent of upward(folder, scope.root)) {
    const found = await readManifest(parent, scope);
    if (found !== null) return found;
  }
  return null;
}

/** The package.json of just this folder, read once. */
export async function readManifest(
  folder: string,
  { tree, manifests }: ManifestScope,
): Promise<Manifest | null> {
  const known = manifests.get(folder) ?? readAnew(folder, tree);
  manifests.set(folder, known);
  return known;
}

async function readAnew(folder: string, tree: FileTree): Promise<Manifest | null> {
  const file = join(folder, "package.json");
  if ((await tree.stat(file))?.kind !== "file") return null;
  return parseManifest(folder, await readNeeded(file, { tree, maxBytes: MAX_MANIFEST_BYTES }));
}

/**
 * What of a package.json decides which code is bundled, as the text of a smaller one: a new script
 * or version is other text, but no other code. Of the dependencies it has those that are imported;
 * a manifest `above` the nearest decides nothing else. Null where nothing is left of that.
 */
export function decisiveText(
  { value }: Manifest,
  { packages, above }: { packages: readonly string[]; above: boolean },
): string | null {
  const kept: Record<string, JsonValue> = {};
  for (const key of above ? [] : DECISIVE) if (value[key] !== undefined) kept[key] = value[key];
  if (!above && value["exports"] !== undefined && value["name"] !== undefined) {
    kept["name"] = value["name"];
  }
  for (const key of DEPENDENCIES) {
    const specs = asObject(value[key]);
    const used = packages.flatMap((name) => {
      const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
      return spec === undefined ? [] : [[name, spec] as const];
    });
    if (used.length > 0) kept[key] = Object.fromEntries(used);
  }
  for (const key of packages.length > 0 ? OVERRIDES : []) {
    if (value[key] !== undefined) kept[key] = value[key];
  }
  const isEmpty = Object.keys(kept).length === 0;
  return above && isEmpty ? null : `${JSON.stringify(kept, null, 2)}\n`;
}

export const DEPENDENCIES = [
  "dependencies",
  "devDependencies",
  "optionalDependencies",
  "peerDependencies",
] as const;

const DECISIVE = ["type", "main", "module", "imports", "exports", "sideEffects"] as const;

/** What puts other packages in the place of those that are asked for. */
const OVERRIDES = ["overrides", "resolutions", "pnpm", "workspaces"] as const;

/** Package managers write kilobytes. */
const MAX_MANIFEST_BYTES = 1_000_000;

/** A manifest that is no JSON says nothing: it is another program's business to complain of it. */
function parseManifest(folder: string, text: string): Manifest {
  const value = parseObject(text);
  const names = DEPENDENCIES.flatMap((key) => Object.keys(asObject(value[key])));
  const name = typeof value["name"] === "string" ? value["name"] : null;
  return {
    folder,
    name,
    packages: new Set([...(name === null ? [] : [name]), ...names]),
    imports: new Map(Object.entries(asObject(value["imports"]))),
    exports: value["exports"] ?? null,
    mains: [value["main"], value["module"]].filter((main) => typeof main === "string"),
    value,
  };
}
