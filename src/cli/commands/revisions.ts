import { SchedulerError } from "../../model/errors.ts";
import { findRevision, latestRevision, listRevisions } from "../../store/revisions.ts";
import type { RevisionData, RevisionsData } from "../../views/revisions.ts";
import { renderRevision, renderRevisions } from "../../views/revisions.ts";
import type { CommandContext } from "../context.ts";
import type { CommandResult } from "../result.ts";
import { toRevisionItem } from "../revision-items.ts";
import { openSession } from "../session.ts";

/** `revisions list`: the configs that were applied, the newest first. */
export async function revisionsList(
  context: CommandContext,
  limit: number,
): Promise<CommandResult> {
  await using session = await openSession(context);
  const found = await listRevisions(session.database, limit);
  const revisions = found.map((revision, index) => toRevisionItem(revision, index === 0));
  const data: RevisionsData = { revisions, total: revisions.length };
  const { timezone } = session.settings;
  return {
    data,
    artifactType: "table",
    title: "Revisions",
    text: ({ color }) => renderRevisions(data, { color, timezone }),
  };
}

/** `revisions show ID`: one of them with its text. */
export async function revisionsShow(context: CommandContext, id: string): Promise<CommandResult> {
  await using session = await openSession(context);
  const found = /^\d{1,15}$/.test(id) ? await findRevision(session.database, Number(id)) : null;
  if (found === null) {
    throw new SchedulerError("revision_not_found", `there is no revision ${id}`, {
      help: "cronverge revisions list shows the ids",
    });
  }
  const latest = await latestRevision(session.database);
  const data: RevisionData = {
    ...toRevisionItem(found, found.id === latest?.id),
    source: found.source,
  };
  const { timezone } = session.settings;
  return {
    data,
    artifactType: "presentation_card",
    title: `Revision: ${found.id}`,
    text: ({ color }) => renderRevision(data, { color, timezone }),
  };
}
