import { createHash, hash } from "node:crypto";
import { dirname, relative } from "node:path";
import type { Diagnostic } from "../model/diagnostic.ts";
import { addedDiagnostics } from "../model/diagnostic.ts";
import { GitObjects } from "../execute/git-objects.ts";
import type { FilesState } from "../plan/between.ts";
import { planBetween } from "../plan/between.ts";
import type { CodeText } from "../plan/code-files.ts";
import { withCodeFiles } from "../plan/code-files.ts";
import { withFireTimes } from "../plan/fire-times.ts";
import type { Plan } from "../plan/plan.ts";
import type { LoadedConfig } from "../source/load.ts";
import { findLockFile, lockedPackages } from "../source/lock-file.ts";
import type { Side, Sides } from "./review-sides.ts";
import { findReviewedFile, findSides, loadEarlier, loadLater } from "./review-sides.ts";

/** What a reviewer is shown: the plan from one state of the files to another. */
export interface Review {
  /** Null where the later side has errors. */
  plan: Plan | null;
  /** Of the later side: all errors, and the warnings that the earlier side did not have. */
  diagnostics: Diagnostic[];
  loaded: LoadedConfig;
}

export interface ReviewOptions extends Sides {
  displayName: string;
  nowMs: number;
  horizonMs: number;
  allowPrune: boolean;
}

/**
 * Compares two states of a config and its code without a database, and without running, bundling,
 * writing or fetching anything: commits are read as git stores them.
 */
export async function review(configFile: string, options: ReviewOptions): Promise<Review> {
  const { nowMs, horizonMs, allowPrune } = options;
  const file = await findReviewedFile(configFile, options);
  const sides = await findSides(file.root, options);
  await using objects = new GitObjects(file.root);
  const earlier = await loadEarlier(sides.from, { file, objects });
  const later = await loadLater(sides.to, { file, objects, previous: earlier.loaded });
  const { desired } = later.loaded;
  const diagnostics = addedDiagnostics(earlier.loaded, later.loaded);
  if (desired === null) return { plan: null, diagnostics, loaded: later.loaded };
  const before = await codeOf(earlier, file.root);
  const after = await codeOf(later, file.root);
  const states = {
    before: { desired: earlier.loaded.desired, codes: hashesOf(before) },
    after: { desired, codes: hashesOf(after) },
  };
  const compared = planBetween(states.before, states.after, { nowMs, allowPrune });
  const withCode = withCodeFiles(compared, { before, after });
  const timed = withFireTimes(withCode, { nowMs, horizonMs });
  const plan = { ...timed, sides: { from: earlier.side, to: later.side } };
  return { plan, diagnostics, loaded: later.loaded };
}

/** The files of each plugin, and what the lock file says of the packages that it imports. */
async function codeOf({ loaded, tree }: Side, root: string): Promise<Map<string, CodeText[]>> {
  const imports = [...loaded.code.values()].some(({ packages }) => packages.length > 0);
  const folder = dirname(loaded.configFile);
  const lock = imports ? await findLockFile(folder, { root, tree }) : null;
  const texts = [...loaded.code].map(([plugin, { modules, packages }]): [string, CodeText[]] => {
    const files = modules.map(({ path, sha256, text }) => ({ path, sha256, text }));
    if (lock !== null && packages.length > 0) {
      const text = lockedPackages(lock, packages);
      files.push({ path: lock.path, sha256: hash("sha256", text), text });
    }
    const named = files.map(({ path, ...rest }) => ({ file: relative(root, path), ...rest }));
    return [plugin, named];
  });
  return new Map(texts);
}

/** A hash of all the files of each plugin: the bundler, which makes the real one, runs a program. */
function hashesOf(code: ReadonlyMap<string, readonly CodeText[]>): FilesState["codes"] {
  const hashes = [...code].map(([plugin, files]): [string, string] => {
    const all = createHash("sha256");
    for (const { file, sha256 } of files) all.update(`${file}\0${sha256}\n`);
    return [plugin, all.digest("hex")];
  });
  return new Map(hashes);
}
