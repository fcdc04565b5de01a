import { REASONS } from "../model/execution.ts";
import { decisionText } from "./decision-text.ts";
import type { ExplainedExecution } from "./explain-data.ts";
import { zonedTime } from "./schedule-times.ts";
import { STATE_WORDS } from "./state-words.ts";
import { otherText } from "./waiting-text.ts";
import type { WhyData } from "./why-data.ts";

/** What else there is to know, a sentence a line. */
export function whyReasons(data: WhyData): string[] {
  return [
    ...decidedLines(data),
    ...openLines(data),
    ...dueLines(data),
    ...capacityLines(data),
    ...fileLines(data),
    ...lastLines(data),
    ...failureLines(data),
  ];
}

/** A decision that keeps the job from its due times, also where something of it runs. */
function decidedLines({ decision, timezone, crashed, state }: WhyData): string[] {
  if (state === "crashed") return crashed === null ? [] : [`${crashed}.`];
  const rests = ["disabled", "paused", "removed"].includes(decision?.kind ?? "");
  return decision !== null && rests ? [decisionText(decision, timezone)] : [];
}

function openLines(data: WhyData): string[] {
  const { open, open_total } = data;
  const [first] = open;
  if (first === undefined) return [];
  const more = open_total - 1;
  return [
    `That is ${executionText(first.execution, data)}.`,
    ...(more === 0 ? [] : [`${more} more of it ${more === 1 ? "is" : "are"} open.`]),
  ];
}

function executionText(execution: ExplainedExecution, { timezone }: WhyData): string {
  const { execution_id, scheduled_for, node, trigger, triggered_by } = execution;
  const at = scheduled_for === null ? "" : zonedTime(scheduled_for, timezone);
  const by = triggered_by === null ? "" : ` by ${triggered_by}`;
  const what =
    trigger === "backfill"
      ? `a backfill${by} of ${at}`
      : at === ""
        ? `asked for${by}`
        : `due ${at}`;
  const where = node === null ? "" : `, on ${node.host} (pid ${node.pid})`;
  return `execution ${execution_id}, ${what}${where}`;
}

function dueLines({ state, next_run, next_start, timezone, now }: WhyData): string[] {
  if (next_run === null || next_start === null) return [];
  const at = zonedTime(next_run, timezone);
  if (state === "no_scheduler") {
    return next_start > now
      ? [`It is due at ${at}, and will not start without one.`]
      : [
          `It was due at ${at}. When one starts, its catch-up rule decides whether that still runs.`,
        ];
  }
  if (state === "no_worker") {
    return [
      "Those that live only keep the clock: they record what is due, and it waits.",
      ...(next_start > now ? [`It is due at ${at}.`] : []),
    ];
  }
  if (state === "overdue") {
    return ["The schedulers are alive and behind: their database or their machine is too slow."];
  }
  if (state !== "due" || next_run === next_start) return [];
  return [`It is due at ${at}, and starts later by its part of the spread.`];
}

function capacityLines(data: WhyData): string[] {
  const { schedulers, mutex, state } = data;
  if (state !== "due") return [];
  const { slots, used } = schedulers;
  const [holder] = mutex?.holders ?? [];
  return [
    ...(mutex === null || holder === undefined
      ? []
      : [`Now it would wait: ${otherText(holder, data)} has the mutex ${mutex.name}.`]),
    ...(used < slots ? [] : [`Now it would wait: all ${slots} slots are in use.`]),
  ];
}

function fileLines({ file, state, timezone }: WhyData): string[] {
  const { mistake, reload_failed_at } = file;
  const place =
    mistake === null ? "" : `${mistake.file}:${mistake.line}:${mistake.column}  ${mistake.message}`;
  if (reload_failed_at !== null) {
    return [
      `A scheduler could not reload its file at ${zonedTime(reload_failed_at, timezone)}; what was applied last goes on.`,
      ...(place === "" ? [] : [place]),
    ];
  }
  if (file.state === "broken") {
    return [
      "The config file has a mistake; what was applied last goes on.",
      ...(place === "" ? [] : [place]),
    ];
  }
  if (state === "not_applied" || state === "available" || state === "removed") return [];
  if (file.state === "differs") {
    return [
      "What the config file says of this job is not what is in force: it is not applied yet.",
    ];
  }
  if (file.state === "undeclared") {
    return ["The config file does not declare this job any more: that is not applied yet."];
  }
  return [];
}

function lastLines({ last_run, last_not_run, timezone, state }: WhyData): string[] {
  const ran =
    last_run !== null
      ? [lastRunLine(last_run, timezone)]
      : state === "running"
        ? []
        : ["It has not run yet."];
  if (last_not_run === null) return ran;
  const { scheduled_for, reason } = last_not_run;
  const at = scheduled_for === null ? "" : `, ${zonedTime(scheduled_for, timezone)},`;
  const why = reason === null ? "no reason was recorded" : REASONS[reason];
  return [`Its last due time${at} ${STATE_WORDS[last_not_run.state]}: ${why}.`, ...ran];
}

function lastRunLine(last: ExplainedExecution, timezone: string): string {
  const { state, reason, started_at, execution_id, error } = last;
  const at = started_at === null ? "" : `, at ${zonedTime(started_at, timezone)},`;
  const why = error?.split("\n", 1)[0] ?? (reason === null ? null : REASONS[reason]);
  const said = why === null || state === "success" ? "" : `: ${why}`;
  return `Its last run${at} ${STATE_WORDS[state]}${said} (execution ${execution_id}).`;
}

function failureLines({ failures_in_a_row, pause_after_failures, state }: WhyData): string[] {
  if (pause_after_failures === null || failures_in_a_row === 0 || state === "paused") return [];
  return [`Failures in a row: ${failures_in_a_row}. At ${pause_after_failures} it is paused.`];
}
