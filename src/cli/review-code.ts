import { createHash, hash } from "node:crypto";
import { basename, dirname, join, relative } from "node:path";
import type { FileTree } from "../model/file-tree.ts";
import type { JobSpec } from "../model/job.ts";
import type { CodeSide, CodeText, CodeTexts } from "../plan/code-files.ts";
import type { LockFile } from "../source/lock-file.ts";
import { findLockFiles, lockedPackages } from "../source/lock-file.ts";
import type { PluginModules } from "../source/modules.ts";
import { grantedLinks } from "../source/granted-links.ts";
import type { KnownFiles, NamedFile } from "../source/named-files.ts";
import { namedFiles } from "../source/named-files.ts";
import { namedPaths } from "../source/named-paths.ts";
import type { Side } from "./review-sides.ts";

/** All code of one side: what plugins are made of, and the files that jobs name. */
export async function codeOf(side: Side, root: string): Promise<CodeSide> {
  const { code } = side.loaded;
  const unknown = [...code].map(([plugin, modules]): [string, string[]] => [
    plugin,
    modules.unknown,
  ]);
  return {
    plugins: await pluginTexts(side, root),
    named: await namedTexts(side, root),
    unknown: new Map(unknown.filter(([, phrases]) => phrases.length > 0)),
  };
}

/**
 * A hash of all the code of each job, for both sides; the bundler, which makes the real one, runs a
 * program. Null for a job that has none on either side.
 */
export function codeHashes(
  before: CodeSide,
  after: CodeSide,
): Record<"before" | "after", (spec: JobSpec) => string | null> {
  const hashes = new Map<readonly CodeText[], string>();
  const hashOnce = (texts: readonly CodeText[]): string => {
    const known = hashes.get(texts) ?? hashOf(texts);
    hashes.set(texts, known);
    return known;
  };
  const hashIn = (side: CodeSide, spec: JobSpec): string | null => {
    const { run, name } = spec;
    const plugin = run.type === "plugin" ? (side.plugins.get(run.plugin) ?? NOTHING) : NOTHING;
    const named = side.named.get(name) ?? NOTHING;
    // A file that comes or goes under a job that stays is another program, and not a first one.
    const names = before.named.has(name) || after.named.has(name);
    if (!names) return plugin === NOTHING ? null : hashOnce(plugin);
    return hash("sha256", `${hashOnce(plugin)} ${hashOnce(named)}`);
  };
  return {
    before: (spec) => hashIn(before, spec),
    after: (spec) => hashIn(after, spec),
  };
}

const NOTHING: readonly CodeText[] = [];

function hashOf(texts: readonly CodeText[]): string {
  const all = createHash("sha256");
  for (const { file, sha256 } of texts) all.update(`${file}\0${sha256}\n`);
  return all.digest("hex");
}

/** The files of each plugin, and what manifests and lock files say of what these import. */
async function pluginTexts({ loaded, tree }: Side, root: string): Promise<CodeTexts> {
  const locks: KnownLocks = new Map();
  const texts = new Map<string, CodeText[]>();
  for (const [plugin, { modules, manifests, importers }] of loaded.code) {
    const locked = await lockedTexts(importers, { root, tree, locks });
    const files = [...modules, ...manifests, ...locked].map(({ path, sha256, text }): CodeText => ({
      file: relative(root, path),
      sha256,
      text,
    }));
    texts.set(plugin, files);
  }
  return texts;
}

/** What was found once, by folder: most modules stand in few folders. */
type KnownLocks = Map<string, Promise<LockFile[]>>;

/** What each lock file says of the packages that are imported at or below its folder. */
async function lockedTexts(
  importers: PluginModules["importers"],
  { locks, ...place }: { root: string; tree: FileTree; locks: KnownLocks },
): Promise<{ path: string; sha256: string; text: string }[]> {
  const wanted = new Map<string, { lock: LockFile; names: Set<string> }>();
  for (const [folder, names] of importers) {
    const finding = locks.get(folder) ?? findLockFiles(folder, place);
    locks.set(folder, finding);
    for (const lock of await finding) {
      const known = wanted.get(lock.path)?.names ?? new Set();
      wanted.set(lock.path, { lock, names: known.union(names) });
    }
  }
  return [...wanted].map(([path, { lock, names }]) => {
    const text = lockedPackages(lock, [...names].sort());
    return { path, sha256: hash("sha256", text), text };
  });
}

/** By job name; only those that name any file. What a job names is no code of its plugin. */
async function namedTexts({ loaded, tree }: Side, root: string): Promise<CodeTexts> {
  const configDir = dirname(loaded.configFile);
  const roots = rootsOf(loaded.configFile, root);
  const known: KnownFiles = new Map();
  const texts = new Map<string, CodeText[]>();
  for (const { spec } of loaded.desired?.jobs ?? []) {
    const files = await namedFiles(namedPaths(spec, { roots, configDir }), { root, tree, known });
    const named = new Map(files.map((file) => [file.path, textOf(file, root)]));
    for (const { leadsOut, ...link } of await grantedLinks(spec, { configDir, root, tree })) {
      const text = named.get(link.path) ?? textOf(link, root);
      named.set(link.path, leadsOut === null ? text : { ...text, leadsOut });
    }
    if (named.size > 0) texts.set(spec.name, [...named.values()]);
  }
  return texts;
}

function textOf({ path, ...rest }: NamedFile, root: string): CodeText {
  return { file: relative(root, path), ...rest };
}

/** Commands start at the top of the checkout, or beside `services/` where the file stands there. */
function rootsOf(configFile: string, root: string): string[] {
  const folder = dirname(configFile);
  const conventional = join("services", "scheduler");
  const isThere = join(basename(dirname(folder)), basename(folder)) === conventional;
  return isThere ? [...new Set([root, dirname(dirname(folder))])] : [root];
}
