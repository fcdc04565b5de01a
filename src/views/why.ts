import { revisionText } from "./decision-text.ts";
import { commandsText } from "./next-commands.ts";
import type { Paint, Style } from "./paint.ts";
import { printable } from "./printable.ts";
import { zonedTime } from "./schedule-times.ts";
import { renderFields } from "./table.ts";
import { whyAnswer } from "./why-answer.ts";
import type { WhyData, WhyState } from "./why-data.ts";
import { whyReasons } from "./why-reasons.ts";
import { whyCommands } from "./why-next.ts";

/** What keeps a job from running now, why, and what to type next. */
export function renderWhy(data: WhyData, { color }: { color: Paint }): string {
  const reasons = whyReasons(data).map((line) => `  ${printable(line)}\n`);
  const commands = whyCommands(data);
  const sections = [
    `${color(STYLES[data.state], printable(whyAnswer(data)))}\n`,
    reasons.join(""),
    renderFields(fieldsOf(data), { color }),
    commandsText(commands, color),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

const STYLES: Record<WhyState, Style> = {
  running: "green",
  waiting: "cyan",
  due: "green",
  overdue: "red",
  no_scheduler: "red",
  no_worker: "red",
  disabled: "yellow",
  paused: "red",
  crashed: "red",
  no_schedule: "yellow",
  ended: "yellow",
  not_applied: "yellow",
  removed: "yellow",
  available: "yellow",
};

function fieldsOf(data: WhyData): [string, string | null][] {
  const { schedule, next_run, timezone, schedulers, revision } = data;
  const zone = schedule?.timezone === null || schedule === null ? "" : ` (${schedule.timezone})`;
  const { live, slots, used } = schedulers;
  return [
    ["Schedule", schedule === null ? "none" : `${schedule.text}${zone}: ${schedule.human}`],
    ["Next run", next_run === null ? "none" : zonedTime(next_run, timezone)],
    ["Schedulers", live === 0 ? "none" : `${live}, ${used} of ${slots} slots in use`],
    ["Revision", revision === null ? null : revisionText(revision, timezone)],
  ];
}
