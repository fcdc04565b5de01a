import { join, resolve } from "node:path";
import type { FileTree } from "../model/file-tree.ts";
import type { ManifestScope } from "./manifest.ts";
import { readManifest } from "./manifest.ts";

/**
 * The file that a path without a promise of an extension means, as the bundler looks for it: the
 * file itself, then what its folder names, then the folder's index. Null where there is none.
 */
export async function findFile(
  wanted: string,
  { scope, asFolder = false }: { scope: ManifestScope; asFolder?: boolean },
): Promise<string | null> {
  const { tree } = scope;
  const path = resolve(wanted);
  const file = asFolder ? null : await firstFile(filesNamed(path), tree);
  if (file !== null) return file;
  for (const main of (await readManifest(path, scope))?.mains ?? []) {
    const target = resolve(path, main);
    const found = await firstFile([...filesNamed(target), ...indexFiles(target)], tree);
    if (found !== null) return found;
  }
  return firstFile(indexFiles(path), tree);
}

async function firstFile(candidates: readonly string[], tree: FileTree): Promise<string | null> {
  for (const candidate of candidates) {
    if ((await tree.stat(candidate))?.kind === "file") return candidate;
  }
  return null;
}

/** In the order in which the bundler tries them. */
const ENDINGS = [".tsx", ".ts", ".jsx", ".js", ".css", ".json"];
/** What is installed is compiled already. */
const INSTALLED_ENDINGS = [".jsx", ".js", ".tsx", ".ts", ".css", ".json"];

/** What may stand on disk for the name that the compiled file would have. */
const SOURCES: Record<string, readonly string[]> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx", ".ts"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
};

function endingsFor(path: string): readonly string[] {
  return /[\\/]node_modules[\\/]/.test(path) ? INSTALLED_ENDINGS : ENDINGS;
}

function filesNamed(path: string): string[] {
  const ending = /\.[cm]?jsx?$/.exec(path)?.[0] ?? "";
  const stem = path.slice(0, path.length - ending.length);
  return [
    path,
    ...endingsFor(path).map((added) => path + added),
    ...(SOURCES[ending] ?? []).map((source) => stem + source),
  ];
}

function indexFiles(folder: string): string[] {
  return endingsFor(join(folder, "index")).map((added) => join(folder, `index${added}`));
}
