import { hash } from "node:crypto";
import type { Dirent, Stats } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { findBuiltin } from "../model/builtins.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { errorMessage, SchedulerError } from "../model/errors.ts";
import { NOTHING_DECLARED, type PluginFacts } from "../model/plugin.ts";

/** The files of a plugin directory that can be jobs. */
export interface PluginListing {
  /** Whether the directory is there. */
  exists: boolean;
  /** Absolute real path of each plugin file by its plugin name, sorted by name. */
  files: ReadonlyMap<string, string>;
  /** Names of files that are links to a place outside the directory. */
  outside: ReadonlySet<string>;
  /** Mistakes that are seen without opening a file. */
  diagnostics: Diagnostic[];
}

/** A plugin file that was read, for as long as it does not change. */
export interface KnownPlugin {
  /** What of the file's state shows an unchanged content without reading it. */
  stamp: string;
  sha256: string;
  text: string;
  /** The name of the file in diagnostics. */
  displayName: string;
  facts: PluginFacts;
}

/**
 * Lists a plugin directory. The name of a plugin is its path below the directory without the
 * extension; names that start with `_` or `.`, tests and declarations are no jobs. Linked
 * directories are not entered: they could lead anywhere, or in a circle.
 */
export async function listPlugins(
  directory: string,
  displayDirectory: string,
): Promise<PluginListing> {
  const root = await realpath(directory).catch(() => null);
  const info = root === null ? null : await stat(root).catch(() => null);
  const listing: Listing = {
    files: new Map(),
    outside: new Set(),
    diagnostics: [],
    displayDirectory,
  };
  const exists = root !== null && info !== null && info.isDirectory();
  if (exists) await list({ root, folder: "", depth: 0 }, listing);
  const files = new Map([...listing.files].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { exists, files, outside: listing.outside, diagnostics: listing.diagnostics };
}

/**
 * The absolute path of one plugin file.
 *
 * @throws SchedulerError `plugin_invalid` when there is no such file inside the directory.
 */
export async function findPlugin(directory: string, plugin: string): Promise<string> {
  const { files } = await listPlugins(directory, directory);
  const file = files.get(plugin);
  if (file !== undefined) return file;
  throw new SchedulerError("plugin_invalid", `there is no plugin file ${plugin} in ${directory}`, {
    help: "a plugin is named by its path below the plugin directory, without the extension",
  });
}

const EXTENSIONS = /\.(?:ts|mts|js|mjs)$/;
const NO_JOB = /\.(?:test|spec)\.[a-z]+$|\.d\.m?ts$/;
const MAX_DEPTH = 16;

interface Listing {
  files: Map<string, string>;
  outside: Set<string>;
  diagnostics: Diagnostic[];
  displayDirectory: string;
}

interface Folder {
  root: string;
  /** Below the root, with `/` between and at the end; empty for the root itself. */
  folder: string;
  depth: number;
}

async function list({ root, folder, depth }: Folder, listing: Listing): Promise<void> {
  const entries = await readFolder(join(root, folder), { folder, listing });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (/^[._]/.test(entry.name) || entry.name === "node_modules") continue;
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory() && depth < MAX_DEPTH) {
      await list({ root, folder: `${path}/`, depth: depth + 1 }, listing);
    } else if (EXTENSIONS.test(entry.name) && !NO_JOB.test(entry.name)) {
      await add(entry, { root, path }, listing);
    }
  }
}

async function readFolder(
  path: string,
  { folder, listing }: { folder: string; listing: Listing },
): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    const file = join(listing.displayDirectory, folder);
    const message = `the directory cannot be read: ${errorMessage(error)}`;
    listing.diagnostics.push(ofFile(file, { rule: "plugin/unreadable", message, help: null }));
    return [];
  }
}

async function add(
  entry: Dirent,
  { root, path }: { root: string; path: string },
  listing: Listing,
): Promise<void> {
  const plugin = path.replace(EXTENSIONS, "");
  let file = join(root, path);
  if (entry.isSymbolicLink()) {
    const target = await realpath(file).catch(() => null);
    if (target === null) return;
    if (!target.startsWith(root + sep)) {
      listing.outside.add(plugin);
      return;
    }
    file = target;
  }
  const found = { file: join(listing.displayDirectory, path) };
  const first = listing.files.get(plugin);
  if (first !== undefined) {
    listing.diagnostics.push(
      ofFile(found.file, {
        rule: "plugin/ambiguous",
        message: `two files are the plugin \`${plugin}\`: this one and ${first.slice(root.length + 1)}`,
        help: "remove or rename one of the two",
      }),
    );
    return;
  }
  if (findBuiltin(plugin) !== null) {
    listing.diagnostics.push(
      ofFile(found.file, {
        rule: "plugin/builtin-name",
        message: `\`${plugin}\` is the name of a built-in job, which this file would hide`,
        help: "rename the file",
      }),
    );
  }
  listing.files.set(plugin, file);
}

/** What is known of one plugin file. An unchanged file is not read again, nor parsed again. */
export async function loadPlugin(
  plugin: string,
  given: { file: string; displayName: string; known: KnownPlugin | undefined },
): Promise<KnownPlugin> {
  const { file, displayName } = given;
  const sameFile = given.known?.facts.file === file && given.known.displayName === displayName;
  const known = sameFile ? given.known : undefined;
  try {
    const stamp = stampOf(await stat(file));
    if (known?.stamp === stamp) return known;
    const text = await readFile(file, "utf8");
    const sha256 = hash("sha256", text);
    if (known?.sha256 === sha256) return { ...known, stamp };
    // The parser is loaded only where there is something to parse.
    const { readPlugin } = await import("../code/read-plugin.ts");
    const { stripTypes } = await import("./strip-types.ts");
    const typed = /\.m?ts$/.test(file);
    const facts = readPlugin(text, {
      file,
      displayName,
      plugin,
      stripTypes: typed ? stripTypes : (source) => source,
    });
    return { stamp, sha256, text, displayName, facts };
  } catch (error) {
    return {
      stamp: "",
      sha256: "",
      text: "",
      displayName,
      facts: unreadable(plugin, { file, displayName, error }),
    };
  }
}

/** Nanoseconds and inode: two saves within a millisecond, or a file put in another's place, differ. */
function stampOf(info: Stats): string {
  return [info.dev, info.ino, info.size, info.mtimeMs, info.ctimeMs].join(":");
}

function unreadable(
  plugin: string,
  { file, displayName, error }: { file: string; displayName: string; error: unknown },
): PluginFacts {
  const message = `the file cannot be read: ${errorMessage(error)}`;
  return {
    plugin,
    file,
    exports: [],
    declared: NOTHING_DECLARED,
    declaredExports: {},
    diagnostics: [ofFile(displayName, { rule: "plugin/unreadable", message, help: null })],
  };
}

function ofFile(file: string, found: Pick<Diagnostic, "rule" | "message" | "help">): Diagnostic {
  return { severity: "error", ...found, file, line: 1, column: 1, endLine: 1, endColumn: 2 };
}
