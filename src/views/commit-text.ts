import { shortHash } from "../model/short-hash.ts";

/** What is said of a commit whose files were changed before they were used. */
export const UNCOMMITTED = "with uncommitted changes";

/** A commit as it is stored with what was made from it. */
export interface CommitFacts {
  commit: string;
  subject?: string | null;
  /** The files differed from the commit, whose author hence did not write all of them. */
  dirty: boolean | null;
}

/** `commit 5d20f7191ac0 "Run it on Mondays" with uncommitted changes`. The subject is as it was. */
export function commitText({ commit, subject = null, dirty }: CommitFacts): string {
  const words = [
    `commit ${shortHash(commit)}`,
    ...(subject === null ? [] : [`"${subject}"`]),
    ...(dirty === true ? [UNCOMMITTED] : []),
  ];
  return words.join(" ");
}

/** The subject for a table, in which whoever wrote it did not write what was changed since. */
export function subjectText(subject: string | null, dirty: boolean | null): string | null {
  return dirty === true ? `uncommitted changes to: ${subject}` : subject;
}
