import { SchedulerError } from "../model/errors.ts";
import type { RecordedChange } from "../plan/compose.ts";
import { composeChanges, planOf, reverseChanges } from "../plan/compose.ts";
import type { Plan, PlanSide } from "../plan/plan.ts";
import type { Database } from "../store/connection.ts";
import type { Revision, RevisionFacts } from "../store/revisions.ts";
import { findRevision, readChanges } from "../store/revisions.ts";
import { UNCOMMITTED } from "../views/commit-text.ts";
import type { RevisionItem } from "../views/revisions.ts";

/** A revision as `revisions list` shows it. */
export function toRevisionItem(revision: RevisionFacts, inForce: boolean): RevisionItem {
  return {
    id: revision.id,
    applied_at: revision.appliedAt.toISOString(),
    applied_by: revision.appliedBy,
    config_file: revision.configFile,
    config_hash: revision.configHash,
    git_commit: revision.gitCommit,
    git_author: revision.gitAuthor,
    git_subject: revision.gitSubject,
    git_dirty: revision.gitDirty,
    summary: revision.summary,
    settings_changed: revision.settingsChanged,
    in_force: inForce,
  };
}

/**
 * The revision that a person names by its id.
 *
 * @throws SchedulerError `revision_not_found`
 */
export async function namedRevision(database: Database, id: string): Promise<Revision> {
  const found = /^\d{1,15}$/.test(id) ? await findRevision(database, Number(id)) : null;
  if (found !== null) return found;
  throw new SchedulerError("revision_not_found", `there is no revision ${id}`, {
    help: "cronverge revisions list shows the ids",
  });
}

/**
 * What leads from one revision to another, older or newer; null where one of those in between was
 * applied before changes were kept. It holds credentials, which are hidden where it is shown.
 */
export async function planBetweenRevisions(
  database: Database,
  { from, to }: { from: Revision | null; to: Revision },
): Promise<Plan | null> {
  const fromId = from?.id ?? to.id - 1;
  const range = { after: Math.min(fromId, to.id), upTo: Math.max(fromId, to.id) };
  const kept: RecordedChange[][] = [];
  for (const { changes } of await readChanges(database, range)) {
    if (changes === null) return null;
    kept.push(changes);
  }
  const forward = composeChanges(kept);
  return planOf(fromId <= to.id ? forward : reverseChanges(forward), {
    from: from === null ? BEFORE : sideOf(from),
    to: sideOf(to),
    settings: { before: from?.settings ?? null, after: to.settings },
    declared: declaredJobs(to),
    nowMs: Date.now(),
  });
}

const BEFORE: PlanSide = { name: "the revision before", commit: null, note: null };

function sideOf({ id, gitCommit, gitDirty }: Revision): PlanSide {
  const note = gitDirty === true ? UNCOMMITTED : null;
  return { name: `revision ${id}`, commit: gitCommit, note };
}

/** The jobs that the file of a revision declares. */
function declaredJobs({ summary }: Revision): number {
  const counts = ["create", "update", "enable", "disable", "unchanged"].map((key) => {
    const count = summary[key];
    return typeof count === "number" ? count : 0;
  });
  return counts.reduce((sum, count) => sum + count, 0);
}
