import { dirname, join, resolve } from "node:path";
import { refusalOf, type BundleRefusal, type BundleScope } from "./bundle-scope.ts";
import type { FileTree } from "../model/file-tree.ts";

/** The files that a computed name may mean. */
export interface PatternFiles {
  paths: string[];
  /** Whether there were few enough to look at all. */
  complete: boolean;
  /** Why not all that it leads to may become part of the code; nothing of that is in `paths`. */
  refusal: BundleRefusal | null;
}

/** A name of which only the beginning is known to lead anywhere: a path that counts from the file. */
export function isPattern(parts: readonly string[]): boolean {
  return /^\.{1,2}\//.test(parts[0] ?? "");
}

/**
 * The files that a name with `parts` around what is computed may mean: the bundler takes all of
 * them. What is computed spans folders only where it follows a `/`. Only what may become part
 * of the code, by its real path, is looked into.
 */
export async function filesOfPattern(
  parts: readonly string[],
  { from, tree, scope }: { from: string; tree: FileTree; scope: BundleScope },
): Promise<PatternFiles> {
  const [first = "", ...rest] = parts.filter((part, index) => {
    return part !== "" || index === 0 || index === parts.length - 1;
  });
  const end = first.lastIndexOf("/") + 1;
  const base = resolve(dirname(from), first.slice(0, end));
  const wanted = expressionOf([first.slice(end), ...rest]);
  const realBase = (await tree.realpath(base)) ?? base;
  const found: PatternFiles = { paths: [], complete: true, refusal: refusalOf(realBase, scope) };
  const waiting = [{ folder: base, below: "", depth: 0 }];
  let seen = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { folder, below, depth } = next;
    const realFolder = await tree.realpath(folder);
    // A folder on the way may hold nothing that is meant: the bundler can tell.
    if (realFolder === null || refusalOf(realFolder, scope) !== null) continue;
    if ((await tree.stat(realFolder))?.kind !== "folder") continue;
    const entries = await tree.list(folder);
    for (const { name, kind } of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      seen += 1;
      if (seen > MAX_ENTRIES || depth > MAX_DEPTH) return { ...found, complete: false };
      const path = join(folder, name);
      const real = kind === "link" ? ((await tree.stat(path))?.kind ?? "other") : kind;
      if (real === "folder") {
        waiting.push({ folder: path, below: `${below}${name}/`, depth: depth + 1 });
      } else if (real === "file" && wanted.test(below + name)) {
        const file = (await tree.realpath(path)) ?? path;
        const refusal = refusalOf(file, scope);
        if (refusal === null) found.paths.push(file);
        else found.refusal = refusal;
      }
    }
  }
  return found;
}

const MAX_ENTRIES = 20_000;
const MAX_DEPTH = 16;
/** With more gaps than this, matching could take very long; every file below counts then. */
const MAX_GAPS = 4;

function expressionOf(parts: readonly string[]): RegExp {
  if (parts.length > MAX_GAPS + 1) return /^/;
  let source = "";
  for (const [index, part] of parts.entries()) {
    source += RegExp.escape(part);
    if (index === parts.length - 1) break;
    // The part before the first one ended with a `/`.
    const afterFolder = part.endsWith("/") || (index === 0 && part === "");
    source += afterFolder ? "(?:.*/)?[^/]*" : "[^/]*";
  }
  return new RegExp(`^${source}$`, "s");
}
