import { lstat, readFile, rename, rm, writeFile } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { SchedulerError, errorMessage } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import { VERSION } from "../model/version.ts";
import type { Plan } from "../plan/plan.ts";
import { parseSavedPlan } from "../plan/saved.ts";
import type { SavedPlan } from "../plan/saved.ts";
import type { ApplyRequest } from "../store/apply-request.ts";
import type { Database } from "../store/connection.ts";
import { identifyDatabase, sourceHash } from "../store/saved-plan.ts";
import { maskPlan } from "../views/mask.ts";

/**
 * Writes a plan to a file that only its owner may read, for `apply FILE`. An older saved plan is
 * replaced; any other file is left as it is. A refused plan is not written: nobody may apply it.
 *
 * @throws SchedulerError `usage` when the file is something else, `io`
 */
export async function writeSavedPlan(
  file: string,
  made: { plan: Plan; request: ApplyRequest; database: Database },
): Promise<void> {
  const { plan, request, database } = made;
  if (plan.refusal !== null) return;
  await refuseOtherFile(file);
  const saved: SavedPlan = {
    kind: "cronverge-plan",
    format: 1,
    version: VERSION,
    created_at: new Date().toISOString(),
    created_by: request.appliedBy,
    database: await identifyDatabase(database),
    base_revision: plan.baseRevision,
    config_file: request.configFile,
    git_commit: request.git?.commit ?? null,
    config_hash: request.configHash,
    source_hash: sourceHash(request.source),
    codes: Object.fromEntries([...request.codes].map(([plugin, { sha256 }]) => [plugin, sha256])),
    allow_prune: request.allowPrune,
    plan: planAsJson(plan),
  };
  await writeWhole(file, `${JSON.stringify(saved, null, 2)}\n`);
}

/** A plan as it is kept in a file: JSON, without the literal credentials of the config. */
export function planAsJson(plan: Plan): JsonObject {
  const value: JsonObject = JSON.parse(JSON.stringify(maskPlan(plan)));
  return value;
}

/**
 * Reads what `plan --out` wrote.
 *
 * @throws SchedulerError `io` when there is no such file, `usage` when it is no saved plan.
 */
export async function readSavedPlan(file: string): Promise<SavedPlan> {
  const { saved, problem } = parseSavedPlan(await readText(file));
  if (problem === null) return saved;
  const message = `${file} cannot be applied: ${problem.message}`;
  throw new SchedulerError("usage", message, { help: MAKE_ONE });
}

const MAKE_ONE = "cronverge plan --out FILE writes a plan that can be applied";

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const message = `${file} cannot be read: ${errorMessage(error)}`;
    throw new SchedulerError("io", message, { help: MAKE_ONE, cause: error });
  }
}

async function refuseOtherFile(file: string): Promise<void> {
  const state = await lstat(file).catch(() => null);
  if (state === null) return;
  const text = state.isFile() ? await readFile(file, "utf8").catch(() => "") : "";
  const { problem } = parseSavedPlan(text);
  if (problem === null || problem.kind === "damaged") return;
  throw new SchedulerError("usage", `${file} is there and is no saved plan, so it is left alone`, {
    help: "name a file that is not there yet",
  });
}

/** Nobody sees half of it, and its mode is never wider, whatever the mode of an older one. */
async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, text, { mode: 0o600, flag: "wx" });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    const message = `${file} cannot be written: ${errorMessage(error)}`;
    throw new SchedulerError("io", message, { cause: error });
  }
}
