import { elapsedText } from "./elapsed.ts";
import { runningText } from "./running-text.ts";
import { zonedTime } from "./schedule-times.ts";
import { waitingText } from "./waiting-text.ts";
import type { WhyData } from "./why-data.ts";

/** The answer in one sentence. */
export function whyAnswer(data: WhyData): string {
  const { job_name: name, decision } = data;
  switch (data.state) {
    case "running":
      return `${name} is running${openRunningText(data)}.`;
    case "waiting":
      return `${name} does not run yet: ${openWaitingText(data)}.`;
    case "due":
      return `${name} runs ${nextText(data)}${isCrowded(data) ? "" : ": nothing keeps it"}.`;
    case "overdue":
      return `${name} should run: it was due ${nextText(data)}, and no scheduler has seen to it.`;
    case "no_scheduler":
      return `${name} does not run: no scheduler ${silenceText(data)}.`;
    case "no_worker":
      return `${name} does not run: no node runs jobs.`;
    case "disabled": {
      const who =
        decision?.kind === "disabled" && decision.revision === null ? decision.done_by : null;
      return `${name} does not run: ${who === null ? "it is disabled" : `${who} disabled it`}.`;
    }
    case "paused":
      return `${name} does not run: it was paused after failures.`;
    case "crashed":
      return `${name} does not run: its code cannot be loaded.`;
    case "no_schedule":
      return `${name} runs by hand only: it has no schedule.`;
    case "ended":
      return `${name} does not run any more: its schedule has no further due time.`;
    case "not_applied":
      return `${name} does not run: the file declares it, and nobody has applied that yet.`;
    case "removed":
      return `${name} does not run: it was removed from the config.`;
    case "available":
      return `${name} runs by hand only: no job declares this code.`;
  }
}

/** It would have to wait if it were due now. */
function isCrowded({ schedulers, mutex }: WhyData): boolean {
  return mutex !== null || schedulers.used >= schedulers.slots;
}

function openRunningText({ open, now }: WhyData): string {
  const [first] = open;
  return first === undefined ? "" : runningText(first.execution, now);
}

function openWaitingText(data: WhyData): string {
  const first = data.open.find(({ waiting }) => waiting !== null);
  return waitingText({
    ...data,
    waiting: first?.waiting ?? null,
    execution: first?.execution ?? null,
  });
}

/** When it starts next, and in how long. */
function nextText({ next_start, next_run, timezone, now }: WhyData): string {
  const at = next_start ?? next_run ?? now;
  const leftMs = Date.parse(at) - Date.parse(now);
  const time = zonedTime(at, timezone);
  return leftMs < 0
    ? `at ${time}, ${elapsedText(-leftMs)} ago`
    : `at ${time}, in ${elapsedText(leftMs)}`;
}

function silenceText({ schedulers, now, timezone }: WhyData): string {
  const since = schedulers.silent_since;
  if (since === null) return "is running";
  const ago = elapsedText(Math.max(0, Date.parse(now) - Date.parse(since)));
  return `has run since ${zonedTime(since, timezone)} (${ago})`;
}
