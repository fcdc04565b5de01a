import type { BackfillState, Reprocess } from "../model/backfill.ts";
import type { BackfillData } from "./backfill-data.ts";
import { decisionText } from "./decision-text.ts";
import type { NextCommand } from "./next-commands.ts";
import { commandsText, instantArgument } from "./next-commands.ts";
import type { Paint, Style } from "./paint.ts";
import { printable } from "./printable.ts";
import { zonedTime } from "./schedule-times.ts";
import { renderTable } from "./table.ts";

/** The most due times that are listed as text; JSON has all of them. */
const LISTED = 100;

/** What a backfill recorded, or would record, and what happens now. */
export function renderBackfill(data: BackfillData, { color }: { color: Paint }): string {
  const { dry_run, runs, timezone } = data;
  const lines = linesOf(data).map((line) => `  ${printable(line)}\n`);
  const style: Style = runs.length === 0 ? "yellow" : "green";
  const shown = runs.slice(0, LISTED);
  const table = renderTable(shown, {
    color,
    columns: [
      { title: "DUE", cell: ({ scheduled_for }) => zonedTime(scheduled_for, timezone) },
      { title: "UNTIL NOW", cell: ({ had }) => HAD[had] },
    ],
  });
  const more = runs.length > LISTED ? `… and ${runs.length - LISTED} more\n` : "";
  const sections = [
    `${color(style, printable(headline(data)))}\n`,
    lines.join(""),
    dry_run && runs.length > 0 ? table + more : "",
    commandsText(commandsOf(data), color),
  ];
  return sections.filter((section) => section !== "").join("\n");
}

const HAD: Record<BackfillState, string> = {
  not_run: "not run",
  failed: "failed",
  success: "success",
  open: "waits or runs",
};

function headline({ job_name, runs, dry_run, due_total, timezone }: BackfillData): string {
  const first = runs[0]?.scheduled_for;
  const last = runs.at(-1)?.scheduled_for;
  if (due_total === 0) return `${job_name} has no due time in that stretch: nothing to run.`;
  if (first === undefined || last === undefined) {
    return `Nothing to run: ${due_total === 1 ? "the one due time" : `all ${due_total} due times`} of ${job_name} in that stretch ${due_total === 1 ? "has its run" : "have their runs"}.`;
  }
  const word = dry_run ? "would be" : runs.length === 1 ? "is" : "are";
  const range =
    runs.length === 1
      ? `for ${zonedTime(first, timezone)}`
      : `for its due times from ${zonedTime(first, timezone)} to ${zonedTime(last, timezone)}`;
  const runsOf = runs.length === 1 ? `1 run of ${job_name}` : `${runs.length} runs of ${job_name}`;
  return `${runsOf} ${word} recorded ${range}.`;
}

function linesOf(data: BackfillData): string[] {
  const { runs, schedule, schedule_changes, timezone, from, to, due_total, reprocess } = data;
  const zone = schedule.timezone === null ? "" : ` (${schedule.timezone})`;
  const left = due_total - runs.length;
  return [
    `Due times of ${schedule.text}${zone} from ${zonedTime(from, timezone)} to just before ${zonedTime(to, timezone)}.`,
    ...schedule_changes.map(
      (change) => `Until then its due times were others. ${decisionText(change, timezone)}`,
    ),
    ...(left > 0 && runs.length > 0
      ? [
          `Of its ${due_total} due times ${left} ${left === 1 ? "is" : "are"} left out, ${LEFT_OUT[reprocess]}.`,
        ]
      : []),
    ...(runs.length > 0 ? happening(data) : []),
  ];
}

const LEFT_OUT: Record<Reprocess, string> = {
  none: "having a run, good or bad: see --reprocess failed, --reprocess all",
  failed: "having a run that succeeded or goes on: see --reprocess all",
  all: "recorded meanwhile",
};

function happening(data: BackfillData): string[] {
  const { enabled, schedulers, runs } = data;
  const one = runs.length === 1;
  const turns = one ? "" : `They run ${besideText(data)}, the oldest first. `;
  return [
    `${turns}A run of the schedule goes before ${one ? "it" : "them"}. What stands recorded stays as it is.`,
    ...(enabled ? [] : ["The schedule of the job rests now; a backfill runs all the same."]),
    ...(schedulers === 0 ? ["No scheduler is running, and a backfill waits until one does."] : []),
  ];
}

function besideText({ concurrent, mutex }: BackfillData): string {
  if (mutex !== null) return `one after another, none beside others with the mutex ${mutex}`;
  if (concurrent === null) return "as many at a time as there are slots";
  return concurrent === 1 ? "one after another" : `${concurrent} at a time`;
}

function commandsOf(data: BackfillData): NextCommand[] {
  const { job_name, dry_run, runs, due_total, from, to, reprocess, schedulers } = data;
  const range = `--from ${instantArgument(from)} --to ${instantArgument(to)}`;
  const again = reprocess === "none" ? "" : ` --reprocess ${reprocess}`;
  if (runs.length === 0) {
    const wider = reprocess === "none" ? "failed" : "all";
    const command = `cronverge backfill ${job_name} ${range} --reprocess ${wider}`;
    return due_total === 0
      ? [{ purpose: "see when it is due", command: `cronverge jobs next ${job_name}` }]
      : [{ purpose: wider === "all" ? "run all once more" : "run those that failed", command }];
  }
  if (dry_run) {
    return [{ purpose: "record them", command: `cronverge backfill ${job_name} ${range}${again}` }];
  }
  const up = { purpose: "start a scheduler", command: "cronverge up" };
  return [
    ...(schedulers === 0 ? [up] : []),
    { purpose: "see how they go", command: `cronverge jobs history --job ${job_name}` },
    { purpose: "end all of them", command: `cronverge jobs cancel ${data.backfill_id}` },
  ];
}
