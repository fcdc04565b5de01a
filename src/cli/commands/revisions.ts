import { latestRevision, listRevisions } from "../../store/revisions.ts";
import type { RevisionData, RevisionsData } from "../../views/revisions.ts";
import { maskRevision, renderRevision, renderRevisions } from "../../views/revisions.ts";
import type { CommandContext } from "../context.ts";
import type { CommandResult } from "../result.ts";
import { namedRevision, planBetweenRevisions, toRevisionItem } from "../revision-items.ts";
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

/** `revisions show ID`: one of them with what it changed and its text, credentials hidden. */
export async function revisionsShow(context: CommandContext, id: string): Promise<CommandResult> {
  await using session = await openSession(context);
  const { database } = session;
  const found = await namedRevision(database, id);
  const latest = await latestRevision(database);
  const data: RevisionData = {
    ...toRevisionItem(found, found.id === latest?.id),
    plan: await planBetweenRevisions(database, { from: null, to: found }),
    source: found.source,
  };
  const { timezone } = session.settings;
  return {
    data: maskRevision(data),
    artifactType: "presentation_card",
    title: `Revision: ${found.id}`,
    text: ({ color, width }) => renderRevision(data, { color, timezone, width }),
  };
}
