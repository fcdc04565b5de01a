import { basename, dirname, join, relative } from "node:path";
import { SchedulerError } from "../model/errors.ts";
import { hasErrors } from "../model/diagnostic.ts";
import type { FileTree } from "../model/file-tree.ts";
import { shortHash } from "../model/short-hash.ts";
import type { PlanSide } from "../plan/plan.ts";
import type { Commit } from "../execute/git-checkout.ts";
import {
  commitsThatChanged,
  findCheckout,
  findCommit,
  findMergeBase,
} from "../execute/git-checkout.ts";
import type { GitObjects } from "../execute/git-objects.ts";
import { gitTree } from "../execute/git-tree.ts";
import { trackedFiles } from "../execute/tracked-files.ts";
import { DISK } from "../source/disk.ts";
import type { LoadedConfig } from "../source/load.ts";
import { loadConfig } from "../source/load.ts";

/** Which two states of the files are compared. */
export interface Sides {
  /** Compared with the commit from which this one and the other side went apart. */
  against?: string | undefined;
  /** Compared with exactly this. */
  from?: string | undefined;
  /** The working tree if absent. */
  to?: string | undefined;
}

/** A config file with the checkout it belongs to. */
export interface ReviewedFile {
  /** Top folder of the checkout. */
  root: string;
  /** Absolute path of the config file, at each side. */
  configFile: string;
  displayName: string;
  nowMs: number;
}

/** A side that is a commit. */
export interface CommitSide extends PlanSide {
  commit: string;
}

/** One side, read. */
export interface Side {
  side: PlanSide;
  tree: FileTree;
  loaded: LoadedConfig;
}

export async function findReviewedFile(
  configFile: string,
  options: { displayName: string; nowMs: number },
): Promise<ReviewedFile> {
  const { root, prefix } = await findCheckout(dirname(configFile));
  return { root, configFile: join(root, prefix, basename(configFile)), ...options };
}

/** The two commits that are meant; `to` is null for the working tree. */
export async function findSides(
  root: string,
  sides: Sides,
): Promise<{ from: CommitSide; to: PlanSide }> {
  const name = sides.from ?? sides.against;
  if (sides.from !== undefined && sides.against !== undefined) {
    throw new SchedulerError("usage", "--from and --against are two ways to say with what", {
      help: "--from COMMIT compares with exactly that, --against BRANCH with where it was left",
    });
  }
  if (name === undefined) {
    throw new SchedulerError("usage", "--to needs a commit to compare with", {
      help: "give --from COMMIT, or --against BRANCH",
    });
  }
  const [named, later] = await Promise.all([
    findCommit(root, name),
    findCommit(root, sides.to ?? "HEAD"),
  ]);
  const to =
    sides.to === undefined
      ? { name: "working tree", commit: null, note: null }
      : { name: sides.to, commit: later.hash, note: null };
  if (sides.from !== undefined) return { from: sideOf(name, named), to };
  const base = await findMergeBase(root, named, later);
  const called = shortName(name, named);
  if (base === null) {
    // Compared with its newest state, what it has got since would seem to be taken away here.
    throw new SchedulerError("io", `git does not know here where ${called} was left`, {
      help: `a shallow clone lacks it: git fetch --unshallow; or compare exactly: --from ${called}`,
    });
  }
  const note = base.hash === named.hash ? null : `where it was left; ${called} has gone on since`;
  return { from: { ...sideOf(name, base), note }, to };
}

/** A full hash, as build servers give it, is shortened. */
function shortName(name: string, { hash }: Commit): string {
  return name === hash ? shortHash(hash) : name;
}

function sideOf(name: string, { hash }: Commit): CommitSide {
  return { name, commit: hash, note: null };
}

/**
 * Reads the earlier side. Where its file has errors, the schedule in force is that of the last
 * commit before it that was good, so that one is compared.
 */
export async function loadEarlier(
  side: CommitSide,
  { file, objects }: { file: ReviewedFile; objects: GitObjects },
): Promise<Side> {
  const found = await loadCommit(side, { file, objects });
  if (isMissing(found.loaded)) {
    return { ...found, side: { ...side, note: "it has no config file yet" } };
  }
  if (!hasErrors(found.loaded.diagnostics)) return found;
  const before = await findCommit(file.root, side.commit);
  const paths = [file.configFile, dirname(file.configFile)].map(
    (path) => relative(file.root, path) || ".",
  );
  const candidates = await commitsThatChanged(file.root, { before, paths, most: COMMITS_TRIED });
  const note = `${shortHash(side.commit)} has errors in the config, so that its last good commit is compared`;
  for (const { hash } of candidates) {
    const earlier = await loadCommit({ ...side, commit: hash, note }, { file, objects });
    if (!hasErrors(earlier.loaded.diagnostics)) return earlier;
  }
  const message = `the config at ${side.name} has errors, and so have the commits before it`;
  throw new SchedulerError("config_invalid", message, {
    help: "compare with a commit whose config is good: --against COMMIT, or --from COMMIT",
  });
}

const COMMITS_TRIED = 20;

/** Reads the later side; its mistakes are the caller's to show. */
export async function loadLater(
  side: PlanSide,
  given: { file: ReviewedFile; objects: GitObjects; previous: LoadedConfig },
): Promise<Side> {
  const { file, objects, previous } = given;
  const { root, ...config } = file;
  const tree =
    side.commit === null
      ? { ...DISK, ...trackedFiles(root) }
      : gitTree(objects, { root, commit: side.commit });
  return { side, tree, loaded: await loadConfig({ ...config, tree, previous }) };
}

async function loadCommit(
  side: CommitSide,
  { file, objects }: { file: ReviewedFile; objects: GitObjects },
): Promise<Side> {
  const { root, ...config } = file;
  const tree = gitTree(objects, { root, commit: side.commit });
  return { side, tree, loaded: await loadConfig({ ...config, tree, lenient: true }) };
}

function isMissing({ diagnostics }: LoadedConfig): boolean {
  return diagnostics.length === 1 && diagnostics[0]?.rule === "config/missing";
}
