import { hash } from "node:crypto";
import { join } from "node:path";
import { fileDiagnostic } from "../config/decode.ts";
import { findBuiltin } from "../model/builtins.ts";
import type { Diagnostic } from "../model/diagnostic.ts";
import { errorMessage, SchedulerError } from "../model/errors.ts";
import { isFileTooLarge, type FileTree, type FolderEntry } from "../model/file-tree.ts";
import { emptyFacts, type PluginFacts } from "../model/plugin.ts";
import { isOutside } from "./confines.ts";
import { DISK } from "./disk.ts";

/** The files of a plugin directory that can be jobs. */
export interface PluginListing {
  /** Whether the directory is there. */
  exists: boolean;
  /** Whether it lies where this reading must not look; it then has no files. */
  isOutside: boolean;
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
  options: { displayDirectory: string; tree?: FileTree; confines?: string | null },
): Promise<PluginListing> {
  const { displayDirectory, tree = DISK, confines = null } = options;
  const root = await tree.realpath(directory).catch(nothing);
  const state = root === null ? null : await tree.stat(root).catch(nothing);
  const listing: Listing = {
    files: new Map(),
    outside: new Set(),
    diagnostics: [],
    displayDirectory,
    tree,
    entries: 0,
  };
  const exists = root !== null && state?.kind === "folder";
  const leadsOut = confines !== null && root !== null && isOutside(root, confines);
  if (exists && !leadsOut) await list({ root, folder: "", depth: 0 }, listing);
  const files = new Map([...listing.files].sort(([a], [b]) => (a < b ? -1 : 1)));
  const { outside, diagnostics } = listing;
  return { exists, isOutside: leadsOut, files, outside, diagnostics };
}

/**
 * The absolute path of one plugin file.
 *
 * @throws SchedulerError `plugin_invalid` when there is no such file inside the directory.
 */
export async function findPlugin(directory: string, plugin: string): Promise<string> {
  const { files } = await listPlugins(directory, { displayDirectory: directory });
  const file = files.get(plugin);
  if (file !== undefined) return file;
  throw new SchedulerError("plugin_invalid", `there is no plugin file ${plugin} in ${directory}`, {
    help: "a plugin is named by its path below the plugin directory, without the extension",
  });
}

/** A larger module would take the parser seconds and hundreds of megabytes. */
export const MAX_MODULE_BYTES = 2_000_000;

/** Files and folders that are looked at below a plugin directory. */
export const MAX_ENTRIES = 20_000;

const EXTENSIONS = /\.(?:ts|mts|js|mjs)$/;
const NO_JOB = /\.(?:test|spec)\.[a-z]+$|\.d\.m?ts$/;
const MAX_DEPTH = 16;

interface Listing {
  files: Map<string, string>;
  outside: Set<string>;
  diagnostics: Diagnostic[];
  displayDirectory: string;
  tree: FileTree;
  /** How many were looked at. */
  entries: number;
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
    if (listing.entries === MAX_ENTRIES) tellOfSurplus(listing);
    listing.entries += 1;
    if (listing.entries > MAX_ENTRIES) return;
    const path = `${folder}${entry.name}`;
    if (entry.kind === "folder" && depth < MAX_DEPTH) {
      await list({ root, folder: `${path}/`, depth: depth + 1 }, listing);
    } else if (EXTENSIONS.test(entry.name) && !NO_JOB.test(entry.name)) {
      await add(entry, { root, path }, listing);
    }
  }
}

/** A directory of all files of a machine, or a commit whose folders hold one another, has no end. */
function tellOfSurplus({ diagnostics, displayDirectory }: Listing): void {
  diagnostics.push(
    fileDiagnostic(displayDirectory, {
      rule: "plugin/too-many",
      message: `the plugin directory has more than ${MAX_ENTRIES} files and folders`,
      help: "let `plugins` name the folder of the job code alone",
    }),
  );
}

async function readFolder(
  path: string,
  { folder, listing }: { folder: string; listing: Listing },
): Promise<FolderEntry[]> {
  try {
    return await listing.tree.list(path);
  } catch (error) {
    const file = join(listing.displayDirectory, folder);
    const message = `the directory cannot be read: ${errorMessage(error)}`;
    listing.diagnostics.push(
      fileDiagnostic(file, { rule: "plugin/unreadable", message, help: null }),
    );
    return [];
  }
}

async function add(
  entry: FolderEntry,
  { root, path }: { root: string; path: string },
  listing: Listing,
): Promise<void> {
  const plugin = path.replace(EXTENSIONS, "");
  let file = join(root, path);
  if (entry.kind === "link") {
    const target = await listing.tree.realpath(file).catch(nothing);
    if (target === null) return;
    if (isOutside(target, root)) {
      listing.outside.add(plugin);
      return;
    }
    file = target;
  }
  const found = { file: join(listing.displayDirectory, path) };
  const first = listing.files.get(plugin);
  if (first !== undefined) {
    listing.diagnostics.push(
      fileDiagnostic(found.file, {
        rule: "plugin/ambiguous",
        message: `two files are the plugin \`${plugin}\`: this one and ${first.slice(root.length + 1)}`,
        help: "remove or rename one of the two",
      }),
    );
    return;
  }
  if (findBuiltin(plugin) !== null) {
    listing.diagnostics.push(
      fileDiagnostic(found.file, {
        rule: "plugin/builtin-name",
        message: `\`${plugin}\` is the name of a built-in job, which this file would hide`,
        help: "rename the file",
      }),
    );
  }
  listing.files.set(plugin, file);
}

/** What cannot be looked at is not there; a tree that fails altogether is told. */
function nothing(error: unknown): null {
  if (error instanceof SchedulerError) throw error;
  return null;
}

/** What is known of one plugin file. An unchanged file is not read again, nor parsed again. */
export async function loadPlugin(
  plugin: string,
  given: { file: string; displayName: string; tree: FileTree; known: KnownPlugin | undefined },
): Promise<KnownPlugin> {
  const { file, displayName, tree } = given;
  const sameFile = given.known?.facts.file === file && given.known.displayName === displayName;
  const known = sameFile ? given.known : undefined;
  try {
    const stamp = (await tree.stat(file))?.stamp;
    if (stamp === undefined) throw new Error("it went while it was read");
    if (known?.stamp === stamp) return known;
    const bytes = await tree.read(file, MAX_MODULE_BYTES);
    const sha256 = hash("sha256", bytes);
    if (known?.sha256 === sha256) return { ...known, stamp };
    const text = new TextDecoder().decode(bytes);
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
    if (error instanceof SchedulerError) throw error;
    return {
      stamp: "",
      sha256: "",
      text: "",
      displayName,
      facts: unreadable(plugin, { file, displayName, error }),
    };
  }
}

function unreadable(
  plugin: string,
  { file, displayName, error }: { file: string; displayName: string; error: unknown },
): PluginFacts {
  const found = isFileTooLarge(error)
    ? {
        rule: "plugin/too-large",
        message: `the file is larger than ${MAX_MODULE_BYTES / 1_000_000} MB`,
        help: "move its data to a file that the job reads while it runs",
      }
    : {
        rule: "plugin/unreadable",
        message: `the file cannot be read: ${errorMessage(error)}`,
        help: null,
      };
  return emptyFacts({ plugin, file, diagnostics: [fileDiagnostic(displayName, found)] });
}
