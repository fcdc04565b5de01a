import type { Revision } from "../store/revisions.ts";
import type { RevisionItem } from "../views/revisions.ts";

/** A revision as `revisions list` shows it. */
export function toRevisionItem(revision: Revision, inForce: boolean): RevisionItem {
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
    in_force: inForce,
  };
}
