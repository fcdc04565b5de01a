import { createHash } from "node:crypto";
import type { Diagnostic } from "../model/diagnostic.ts";
import type { SchedulerEvent } from "../views/event.ts";
import type { DesiredState } from "../model/job.ts";
import type { LoadedConfig } from "../source/load.ts";
import type { ApplyRequest } from "../store/apply-request.ts";
import type { Database } from "../store/connection.ts";
import type { PluginCode } from "../store/registrations.ts";
import type { RevisionFacts } from "../store/revisions.ts";
import { readGitState } from "../execute/git.ts";
import { keepsClock } from "../model/node-role.ts";
import { hasErrors } from "../model/diagnostic.ts";
import { bundlePlugin } from "../source/bundle.ts";
import { loadConfig } from "../source/load.ts";
import { applyDesired } from "../store/apply.ts";
import { openNodes, reportConfig } from "../store/nodes.ts";
import { latestRevision, wasApplied } from "../store/revisions.ts";
import { whoAmI } from "./who.ts";
import { wrongProject } from "./wrong-project.ts";

/** A file that changed without an event, say on a network file system, is seen after this. */
const REREAD_MS = 30_000;

/** A config with the code of the plugins it names: all that an apply needs of the files. */
export interface BuiltConfig {
  loaded: LoadedConfig;
  /** Null where the files have errors. */
  desired: DesiredState | null;
  diagnostics: Diagnostic[];
  codes: Map<string, PluginCode>;
  /** Of the text and of every plugin's code. */
  configHash: string;
}

/** Reads the config and bundles the code that its jobs name. Mistakes come back as diagnostics. */
export async function buildConfig(options: {
  configFile: string;
  displayName: string;
  previous?: LoadedConfig;
}): Promise<BuiltConfig> {
  const loaded = await loadConfig({ ...options, nowMs: Date.now(), trusted: true });
  const diagnostics = [...loaded.diagnostics];
  const codes = new Map<string, PluginCode>();
  if (loaded.desired !== null) {
    const { pluginDir } = loaded.desired.settings;
    const bundles = [...loaded.plugins].flatMap(([plugin, { file }]) =>
      file === null
        ? []
        : [bundlePlugin({ file, plugin, pluginDir }).then((bundle) => ({ plugin, bundle }))],
    );
    for (const { plugin, bundle } of await Promise.all(bundles)) {
      if ("diagnostics" in bundle) diagnostics.push(...bundle.diagnostics);
      else codes.set(plugin, bundle);
    }
  }
  const desired = hasErrors(diagnostics) ? null : loaded.desired;
  return { loaded, desired, diagnostics, codes, configHash: hashOf(loaded, codes) };
}

function hashOf(loaded: LoadedConfig, codes: ReadonlyMap<string, PluginCode>): string {
  const hash = createHash("sha256").update(loaded.hash);
  for (const [plugin, { sha256 }] of [...codes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`\n${plugin} ${sha256}`);
  }
  return hash.digest("hex");
}

/** The request to apply a built config, attributed to its commit and to whoever runs this process. */
export async function applyRequest(
  built: BuiltConfig & { desired: DesiredState },
  options: { nodeId: string | null; allowPrune: boolean; cancelRunning: boolean },
): Promise<ApplyRequest> {
  return {
    desired: built.desired,
    configHash: built.configHash,
    source: built.loaded.text,
    configFile: built.loaded.configFile,
    codes: built.codes,
    git: await readGitState(built.loaded.configFile, codeFiles(built.loaded)),
    appliedBy: whoAmI(),
    ...options,
  };
}

/** The files of all job code that the config names, each once. */
function codeFiles({ code }: LoadedConfig): string[] {
  const modules = [...code.values()].flatMap((plugin) => plugin.modules);
  return [...new Set(modules.map(({ path }) => path))];
}

export interface ReconcilerOptions {
  database: Database;
  nodeId: () => string;
  configFile: string;
  displayName: string;
  /** When the save that woke this look was first seen, in ms since the epoch; asked once a look. */
  takeSave: () => number | null;
  /** At its start a node applies its file even where it is an older revision, to roll back. */
  applyAlways: boolean;
  emit: (event: SchedulerEvent) => void;
  onApplied: (desired: DesiredState) => void;
}

/**
 * The reconciler of this node: reads the files, and makes the database hold what they want. What it
 * last read decides whether there is anything to do, so that it can be woken as often as one likes.
 */
export class Reconciler {
  readonly #options: ReconcilerOptions;
  #loaded: LoadedConfig;
  #lastSeen: string | null = null;
  /** What became of the last good files; null: there were none in this life. */
  #decided: { configHash: string; refused: boolean } | null = null;

  /** `loaded` is what was read of the config before: what did not change since is not parsed again. */
  constructor(options: ReconcilerOptions, loaded: LoadedConfig) {
    this.#options = options;
    this.#loaded = loaded;
  }

  /** One look at the files; returns the ms until the next. */
  async step(): Promise<number> {
    const { configFile, displayName } = this.#options;
    const savedAtMs = this.#options.takeSave();
    const built = await buildConfig({ configFile, displayName, previous: this.#loaded });
    this.#loaded = built.loaded;
    const seen = seenKey(built);
    if (seen === this.#lastSeen && !(await this.#wasApproved(built))) return REREAD_MS;
    await this.#converge(built, savedAtMs);
    this.#lastSeen = seen;
    return REREAD_MS;
  }

  /** Somebody applied by hand what this node had refused: its complaint is settled. */
  async #wasApproved({ configHash }: BuiltConfig): Promise<boolean> {
    if (this.#decided?.refused !== true) return false;
    return (await latestRevision(this.#options.database))?.configHash === configHash;
  }

  async #converge(built: BuiltConfig, savedAtMs: number | null): Promise<void> {
    const { database, nodeId, emit } = this.#options;
    const { desired } = built;
    const { sources, text } = built.loaded;
    const { displayName: file } = this.#options;
    const project = desired?.settings.project ?? null;
    const wrong = await wrongProject(database, { project, text, file });
    const diagnostics = wrong === null ? built.diagnostics : [wrong];
    if (desired === null || wrong !== null) {
      await reportConfig(database, nodeId(), { revision: null, diagnostics });
      emit({ type: "rejected", diagnostics, sources });
      return;
    }
    if (diagnostics.length > 0) emit({ type: "warned", diagnostics, sources });
    const latest = await latestRevision(database);
    const reason = latest === null ? null : await this.#whyFollow(built.configHash, latest);
    if (latest === null || reason === null) return this.#apply({ ...built, desired }, savedAtMs);
    this.#decided = { configHash: built.configHash, refused: false };
    this.#options.onApplied(desired);
    await reportConfig(database, nodeId(), { revision: null, diagnostics: null });
    emit({ type: "following", revision: latest.id, reason });
  }

  /** Why a file must not turn back what others applied since; null: it is to be applied. */
  async #whyFollow(configHash: string, latest: RevisionFacts): Promise<string | null> {
    if (latest.configHash === configHash) return null;
    if (this.#decided !== null) {
      const { refused, configHash: decided } = this.#decided;
      return decided === configHash && !refused ? UNCHANGED : null;
    }
    const { database, nodeId, applyAlways } = this.#options;
    if (applyAlways || !(await wasApplied(database, configHash))) return null;
    const others = (await openNodes(database)).filter((node) => node.id !== nodeId());
    const alone = others.every((node) => node.expired || !keepsClock(node.role));
    return alone ? null : OLDER;
  }

  async #apply(
    built: BuiltConfig & { desired: DesiredState },
    savedAtMs: number | null,
  ): Promise<void> {
    const { database, nodeId, emit } = this.#options;
    const request = await applyRequest(built, {
      nodeId: nodeId(),
      allowPrune: false,
      cancelRunning: false,
    });
    const { plan, revision } = await applyDesired(database, request);
    this.#decided = { configHash: built.configHash, refused: plan.refusal !== null };
    if (plan.refusal !== null) {
      const diagnostics = [refusalDiagnostic(plan.refusal, this.#options.displayName)];
      await reportConfig(database, nodeId(), { revision: null, diagnostics });
      emit({ type: "refused", plan, ...plan.refusal });
      return;
    }
    this.#options.onApplied(built.desired);
    await reportConfig(database, nodeId(), { revision, diagnostics: null });
    emit({
      type: "applied",
      plan,
      revision,
      commit: request.git?.commit ?? null,
      dirty: request.git?.dirty ?? false,
      sinceSaveMs: savedAtMs === null ? null : Date.now() - savedAtMs,
    });
  }
}

const OLDER =
  "this node's file is an older revision, and other nodes are alive (to roll back: --apply always)";
const UNCHANGED =
  "this node's file has not changed since another was applied (to apply it: cronverge apply)";

/** What a step has seen: the content where the files are good, the mistakes where they are not. */
function seenKey(built: BuiltConfig): string {
  const mistakes = built.diagnostics.map(
    (d) => `${d.file}:${d.line}:${d.column} ${d.rule} ${d.message}`,
  );
  return [built.configHash, built.desired === null ? "bad" : "good", ...mistakes].join("\n");
}

function refusalDiagnostic(refusal: { message: string; help: string }, file: string): Diagnostic {
  return {
    severity: "error",
    rule: "plan/prune-guard",
    ...refusal,
    file,
    line: 1,
    column: 1,
    endLine: 1,
    endColumn: 1,
  };
}
