import { setTimeout as delay } from "node:timers/promises";
import { parseConfig, type ParsedConfig } from "../config/parse.ts";
import { checkShape } from "../config/shape.ts";
import { hasErrors, type Diagnostic } from "../model/diagnostic.ts";
import type { FileTree } from "../model/file-tree.ts";
import { findConfines } from "./confines.ts";
import { DISK } from "./disk.ts";
import { readConfigFile, type FileContent } from "./read-file.ts";
import {
  understandConfig,
  type Circumstances,
  type Memory,
  type Understood,
} from "./understand.ts";

/**
 * A config file with all that was found in it and in the job code it names. Diagnostics are in the
 * order of the file; those of job code follow.
 */
export interface LoadedConfig extends Understood {
  /** Absolute path. */
  configFile: string;
  /** Empty when the file could not be read. */
  text: string;
  /** sha256 of the file's bytes in hex; empty when the file could not be read. */
  hash: string;
}

/** A save that is not finished yet is over by then. */
const TORN_SAVE_MS = 50;

/**
 * Reads, checks and understands a config file: the one way for check, plan and up, which hence
 * cannot disagree. All mistakes are found in one go and returned, none is thrown. Nothing of the
 * project is run or bundled; job code is only parsed.
 *
 * `displayName` is the name of the file in diagnostics; `previous`, the result of an earlier
 * reading, saves parsing what did not change; `tree` is where files are read, the disk if absent.
 */
export async function loadConfig(options: {
  configFile: string;
  displayName?: string;
  nowMs: number;
  previous?: LoadedConfig;
  tree?: FileTree;
  /** Lints that the file makes errors only warn: it was good when it was written. */
  lenient?: boolean;
  /** The file is that of whoever runs this, who may link it from anywhere; else it may be a stranger's. */
  trusted?: boolean;
}): Promise<LoadedConfig> {
  const { configFile, nowMs, tree = DISK, lenient = false, trusted = false } = options;
  const file = options.displayName ?? configFile;
  const known = options.previous === undefined ? undefined : MEMORIES.get(options.previous);
  // A commit has no way out of it.
  const confines = trusted || tree.top !== null ? null : await findConfines(configFile, tree);
  const circumstances = { configFile, nowMs, tree, lenient, file, known, confines };
  const content = await readConfigFile(configFile, { displayName: file, tree, confines });
  const first = read(content, circumstances);
  const maybeTorn = first.torn && tree.live;
  const reading = maybeTorn ? await readAgain(first, circumstances) : first;
  return understand(reading, circumstances);
}

const MEMORIES = new WeakMap<LoadedConfig, Memory>();

interface Reading {
  content: FileContent;
  parsed: ParsedConfig | null;
  torn: boolean;
}

function read(
  content: FileContent,
  { file, known }: Pick<Circumstances, "file" | "known">,
): Reading {
  if (content.text === null) return { content, parsed: null, torn: true };
  const parsed = parseConfig(content.text, { file, previous: known });
  return { content, parsed, torn: hasErrors(parsed.diagnostics) };
}

async function readAgain(first: Reading, circumstances: Circumstances): Promise<Reading> {
  const { configFile, file, tree, known, confines } = circumstances;
  await delay(TORN_SAVE_MS);
  const content = await readConfigFile(configFile, { displayName: file, tree, confines });
  const same = content.hash === first.content.hash && content.text === first.content.text;
  return same ? first : read(content, { file, known });
}

async function understand(reading: Reading, circumstances: Circumstances): Promise<LoadedConfig> {
  const { configFile, file } = circumstances;
  const { content, parsed } = reading;
  const diagnostics = content.diagnostic === null ? [] : [content.diagnostic];
  const text = content.text ?? "";
  const loaded: LoadedConfig = {
    configFile,
    text,
    hash: content.hash,
    diagnostics,
    desired: null,
    plugins: new Map(),
    code: new Map(),
    available: [],
    sources: new Map([[file, text]]),
  };
  const memory = remember(parsed, circumstances.known);
  MEMORIES.set(loaded, memory);
  if (parsed === null) return loaded;
  diagnostics.push(...parsed.diagnostics);
  if (parsed.value !== null) {
    const shape = checkShape(parsed.value);
    const rest = await understandConfig({ parsed, shape, memory }, circumstances);
    Object.assign(loaded, rest, { diagnostics: [...diagnostics, ...rest.diagnostics] });
    loaded.sources = new Map([[file, text], ...rest.sources]);
  }
  loaded.diagnostics.sort(byPlace(file));
  return loaded;
}

/** A bad file in between forgets nothing: what is kept is only used where it still fits. */
function remember(parsed: ParsedConfig | null, known: Memory | undefined): Memory {
  const blocks = parsed === null || parsed.blocks.size === 0 ? known?.blocks : parsed.blocks;
  return {
    blocks: blocks ?? new Map(),
    plugins: known?.plugins ?? new Map(),
    jobs: known?.jobs ?? new Map(),
    modules: known?.modules ?? new Map(),
  };
}

function byPlace(first: string): (a: Diagnostic, b: Diagnostic) => number {
  return (a, b) => {
    if (a.file !== b.file) {
      if (a.file === first || b.file === first) return a.file === first ? -1 : 1;
      return a.file < b.file ? -1 : 1;
    }
    return a.line - b.line || a.column - b.column;
  };
}
