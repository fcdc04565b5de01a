import { SchedulerError } from "../../model/errors.ts";
import { textHunks } from "../../plan/text-diff.ts";
import type { RevisionFacts } from "../../store/revisions.ts";
import { latestRevision, listRevisionsBetween } from "../../store/revisions.ts";
import type { RevisionsDiffData, TextDiff } from "../../views/revisions-diff.ts";
import { maskRevisionsDiff, renderRevisionsDiff } from "../../views/revisions-diff.ts";
import type { CommandContext } from "../context.ts";
import type { CommandResult } from "../result.ts";
import { namedRevision, planBetweenRevisions, toRevisionItem } from "../revision-items.ts";
import type { Session } from "../session.ts";
import { openSession } from "../session.ts";

/**
 * `revisions diff A [B]`: what leads from one revision to another, older or newer; without B, to the
 * one in force.
 */
export async function revisionsDiff(
  context: CommandContext,
  ids: { from: string; to: string | undefined },
): Promise<CommandResult> {
  await using session = await openSession(context);
  const data = await compare(session, ids);
  const { timezone } = session.settings;
  return {
    data: maskRevisionsDiff(data),
    artifactType: "list",
    title: `Revisions: ${data.from.id} to ${data.to.id}`,
    text: ({ color, width }) => renderRevisionsDiff(data, { color, timezone, width }),
  };
}

async function compare(
  { database }: Session,
  ids: { from: string; to: string | undefined },
): Promise<RevisionsDiffData> {
  const latest = await latestRevision(database);
  const from = await namedRevision(database, ids.from);
  if (latest === null) throw new SchedulerError("revision_not_found", "nothing was applied yet");
  const to = await namedRevision(database, ids.to ?? String(latest.id));
  const item = (revision: RevisionFacts): RevisionsDiffData["from"] =>
    toRevisionItem(revision, revision.id === latest.id);
  const range = { after: Math.min(from.id, to.id), upTo: Math.max(from.id, to.id) };
  const between = await listRevisionsBetween(database, range);
  const plan = await planBetweenRevisions(database, { from, to });
  return {
    from: item(from),
    to: item(to),
    between: between.map(item),
    plan,
    text: plan === null ? compareTexts(from.source, to.source) : null,
  };
}

function compareTexts(before: string, after: string): TextDiff {
  if (before === after) return { same: true, hunks: [] };
  return { same: false, hunks: textHunks(before, after) };
}
