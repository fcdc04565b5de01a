import { elapsedText } from "./elapsed.ts";
import type { OtherExecution, WaitingItem } from "./explain-data.ts";
import { zonedTime } from "./schedule-times.ts";

/** What a view must know to say what an execution waits for. */
export interface WaitingFacts {
  job_name: string;
  timezone: string;
  now: string;
  waiting: WaitingItem | null;
  execution: { attempt: number; max_attempts: number } | null;
}

/** What an execution waits for, in a clause. */
export function waitingText(facts: WaitingFacts): string {
  const { waiting, execution } = facts;
  switch (waiting?.for) {
    case "scheduler":
      return waiting.at === null
        ? "no scheduler is running"
        : `no scheduler has run${sinceText(waiting.at, facts)}`;
    case "worker":
      return "no node runs jobs: those that live only keep the clock";
    case "time":
      return `it starts at ${atText(waiting.at, facts)}`;
    case "retry": {
      const { attempt = 0, max_attempts = 0 } = execution ?? {};
      return `attempt ${attempt + 1} of ${max_attempts} starts at ${atText(waiting.at, facts)}`;
    }
    case "key":
      return keyText(waiting, facts);
    case "slot":
      return `all ${count(waiting.slots, "slot")} of ${count(waiting.schedulers, "node")} are in use`;
    case "claim":
    case undefined:
      return "a node is about to take it";
  }
}

/** An execution by its id, its job where that is another one, and its due time. */
export function otherText(
  other: OtherExecution,
  { job_name, timezone }: Pick<WaitingFacts, "job_name" | "timezone">,
): string {
  const { scheduled_for, execution_id } = other;
  const whose = other.job_name === job_name ? "" : ` of ${other.job_name}`;
  const due = scheduled_for === null ? "" : ` (due ${zonedTime(scheduled_for, timezone)})`;
  return `execution ${execution_id}${whose}${due}`;
}

function keyText({ mutex, holders, ahead }: WaitingItem, facts: WaitingFacts): string {
  const [holder] = holders;
  const before = `${count(ahead, "other")} ${ahead === 1 ? "is" : "are"} to start before it`;
  if (holder === undefined) return before;
  const since = sinceText(holder.started_at, facts);
  const what = mutex === null ? "has been going on" : `has had the mutex ${mutex}`;
  const is =
    mutex === null ? "has still to start" : `has the mutex ${mutex} and has still to start`;
  const more = holders.length > 1 ? ` and ${holders.length - 1} more` : "";
  const line = ahead === 0 ? "" : `, and ${before}`;
  return `${otherText(holder, facts)}${more} ${since === "" ? is : `${what}${since}`}${line}`;
}

function sinceText(at: string | null, { timezone, now }: WaitingFacts): string {
  if (at === null) return "";
  const ago = elapsedText(Math.max(0, Date.parse(now) - Date.parse(at)));
  return ` since ${zonedTime(at, timezone)} (${ago})`;
}

function atText(at: string | null, { timezone, now }: WaitingFacts): string {
  if (at === null) return "a later time";
  const left = elapsedText(Math.max(0, Date.parse(at) - Date.parse(now)));
  return `${zonedTime(at, timezone)}, in ${left}`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
