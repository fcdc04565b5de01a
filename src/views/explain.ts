import { explainAnswer } from "./explain-answer.ts";
import type { ExplainData, ExplainOutcome } from "./explain-data.ts";
import { recordFields } from "./explain-fields.ts";
import { explainCommands } from "./explain-next.ts";
import { explainReasons } from "./explain-why.ts";
import { commandsText } from "./next-commands.ts";
import type { Paint, Style } from "./paint.ts";
import { printable } from "./printable.ts";
import { renderFields } from "./table.ts";

export interface ExplainOptions {
  color: Paint;
}

/** What became of a due time and why, by what, and what to type next. */
export function renderExplain(data: ExplainData, { color }: ExplainOptions): string {
  const answer = color(STYLES[data.outcome], printable(explainAnswer(data)));
  const reasons = explainReasons(data).map((line) => `  ${printable(line)}\n`);
  const fields = recordFields(data);
  const commands = explainCommands(data);
  const sections = [
    `${answer}\n`,
    reasons.join(""),
    fields.length === 0 ? "" : renderFields(fields, { color }),
    commands.length === 0 ? "" : commandsText(commands, color),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

const STYLES: Record<ExplainOutcome, Style> = {
  pending: "cyan",
  running: "cyan",
  success: "green",
  failed: "red",
  timed_out: "red",
  cancelled: "yellow",
  skipped: "yellow",
  abandoned: "red",
  future: "cyan",
  unrecorded: "red",
  superseded: "yellow",
  pruned: "yellow",
  lost: "red",
  several: "cyan",
  not_due: "yellow",
  no_schedule: "yellow",
  disabled: "yellow",
  paused: "red",
  removed: "yellow",
  not_registered: "yellow",
};
