import { commitText } from "./commit-text.ts";
import type { DecisionItem, RevisionRef } from "./explain-data.ts";
import { zonedTime } from "./schedule-times.ts";

/** Who decided what about a job, when and why, as a sentence. */
export function decisionText(decision: DecisionItem, timezone: string): string {
  const { kind, at, done_by, reason, revision } = decision;
  const when = zonedTime(at, timezone);
  const why = reason === null ? "" : `: ${reason}`;
  if (kind === "paused") return `It was paused on ${when}${why.replace(/^: paused /, " ")}.`;
  const word = WORDS[kind];
  if (revision === null) {
    return `${done_by ?? "Somebody"} ${word} on ${when}${why}.`;
  }
  return `Revision ${revision.id} ${word} on ${when}${commitClause(revision)}${why}.`;
}

const WORDS: Record<DecisionItem["kind"], string> = {
  registered: "registered it",
  changed: "changed its schedule",
  enabled: "enabled it",
  disabled: "disabled it",
  removed: "removed it",
  paused: "paused it",
  resumed: "resumed it",
};

/** `7, commit c0ffee123456 "Run it earlier" by Ann, applied Fri … by ann@host`. */
export function revisionText(revision: RevisionRef, timezone: string): string {
  const { id, applied_at, applied_by } = revision;
  const applied = applied_at === null ? "" : `, applied ${zonedTime(applied_at, timezone)}`;
  const by = applied_by === null || applied === "" ? "" : ` by ${applied_by}`;
  return `${id}${commitClause(revision)}${applied}${by}`;
}

function commitClause({ git_commit, git_subject, git_author, git_dirty }: RevisionRef): string {
  if (git_commit === null) return "";
  const commit = commitText({ commit: git_commit, subject: git_subject, dirty: git_dirty });
  return `, ${commit}${git_author === null ? "" : ` by ${git_author}`}`;
}
