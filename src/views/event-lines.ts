import type { ExecutionStatus } from "../model/execution.ts";
import { REASONS } from "../model/execution.ts";
import { durationText } from "../model/job.ts";
import { commitText } from "./commit-text.ts";
import { diagnosticPaint } from "./diagnostic-paint.ts";
import { renderDiagnostics } from "./diagnostics.ts";
import { elapsedText } from "./elapsed.ts";
import type { SchedulerEvent } from "./event.ts";
import type { Paint } from "./paint.ts";
import { renderPlan } from "./plan.ts";
import { printable } from "./printable.ts";
import { zonedTime } from "./schedule-times.ts";
import { firstLine } from "./table.ts";

export interface EventLineOptions {
  color: Paint;
  width: number;
  version: string;
  /** The zone that a job's times are shown in. */
  zoneOf: (jobName: string) => string;
}

/** What happened in a running scheduler, for the person who watches it. Ends in a line feed. */
export function renderEvent(event: SchedulerEvent, options: EventLineOptions): string {
  const { color } = options;
  switch (event.type) {
    case "started":
      return startedLines(event, options);
    case "applied":
      return appliedLines(event, options);
    case "following":
      return `${color("yellow", "following")} revision ${event.revision}: ${event.reason}\n`;
    case "refused":
      return `${renderPlan(event.plan, options)}${LAST_GOOD}\n`;
    case "rejected":
      return `${found(event, color)}${color("red", "not applied:")} ${LAST_GOOD}\n`;
    case "warned":
      return found(event, color);
    case "run_started":
    case "run_finished":
    case "attempt_failed":
      return runLine(event, options);
    case "late":
      return lateLine(event, options);
    case "deadline_passed": {
      const what = `${color("red", "timed out")} ${names([event.jobName])}`;
      return `${what} while it waited: ${REASONS.deadline}\n`;
    }
    case "job_paused":
      return pausedLines(event, color);
    case "occurrences_skipped":
      return `${color("yellow", "skipped")} ${event.count} missed of ${names(event.jobNames)}\n`;
    case "abandoned":
      return abandonedLine(event, options);
    case "zone_data":
      return zoneDataLines(event, options);
    case "draining":
      return drainingLine(event);
    case "stopped":
      return "stopped\n";
    case "problem":
      return problemLines(event, color);
  }
}

const LAST_GOOD = "the last good schedule goes on";

type EventOf<Type extends SchedulerEvent["type"]> = Extract<SchedulerEvent, { type: Type }>;

/** A first apply of thousands of jobs would push everything else off the screen. */
const MOST_CHANGES = 30;

function startedLines(event: EventOf<"started">, { color, version }: EventLineOptions): string {
  const facts = [
    `node ${event.nodeId}`,
    ...(event.role === "all" ? [] : [`role ${event.role}`]),
    ...(event.configFile === null ? [] : [`config ${printable(event.configFile)}`]),
    `database ${printable(event.database)}`,
  ];
  const started = `${color("bold", `cronverge ${version}`)}  ${facts.join("  ")}\n`;
  return started + besideLine(event);
}

/** Whoever starts a second one by mistake should see it. */
function besideLine({ others }: EventOf<"started">): string {
  const [first, ...rest] = others;
  if (first === undefined) return "";
  const more = rest.length === 0 ? "" : ` and ${rest.length} more`;
  return `beside the scheduler with pid ${first.pid} on ${printable(first.host)}${more}: they share the work, and each due time runs once\n`;
}

function appliedLines(event: EventOf<"applied">, options: EventLineOptions): string {
  const { plan, revision, commit, dirty, sinceSaveMs } = event;
  const origin = commit === null ? "" : `, ${commitText({ commit, dirty })}`;
  const since = sinceSaveMs === null ? "" : ` ${elapsedText(sinceSaveMs)} after the save`;
  const line = `in force${since} (revision ${revision ?? "none"}${origin})`;
  return `${renderPlan(plan, { ...options, most: MOST_CHANGES })}${options.color("green", line)}\n`;
}

function zoneDataLines(
  { version, moved }: EventOf<"zone_data">,
  { color, zoneOf }: EventLineOptions,
): string {
  const lines = moved.slice(0, MOST_CHANGES).map(({ jobName, from, to }) => {
    const time = (at: Date): string => zonedTime(at.toISOString(), zoneOf(jobName));
    return `  ${printable(jobName)}  ${time(from)} → ${to === null ? "never" : time(to)}\n`;
  });
  const jobs = moved.length === 1 ? "1 job is" : `${moved.length} jobs are`;
  const title = color(
    "yellow",
    `by newer rules of time zones (${version}) ${jobs} due at other times`,
  );
  return `${title}\n${lines.join("")}`;
}

function found(event: EventOf<"rejected"> | EventOf<"warned">, color: Paint): string {
  const { diagnostics, sources } = event;
  return renderDiagnostics(diagnostics, { sources, color: diagnosticPaint(color) });
}

function runLine(
  event: EventOf<"run_started"> | EventOf<"run_finished"> | EventOf<"attempt_failed">,
  { color, zoneOf }: EventLineOptions,
): string {
  const time = (instant: string): string => zonedTime(instant, zoneOf(event.jobName));
  const job = printable(event.jobName);
  const start = `${color("dim", time(event.at))}  ${color("bold", job)}`;
  if (event.type === "run_started") {
    const again = event.attempt > 1 ? `, attempt ${event.attempt}` : "";
    return `${start}  started (${event.trigger}${again})\n`;
  }
  const word = outcomeWord(event.status);
  const { outcome, next } =
    event.type === "run_finished"
      ? { outcome: color(event.status === "success" ? "green" : "red", word), next: event.nextRun }
      : {
          outcome: color("yellow", `attempt ${event.attempt} of ${event.maxAttempts} ${word}`),
          next: event.retryAt,
        };
  const message = event.type === "run_finished" ? event.message : null;
  const why = event.status === "success" || event.reason === null ? null : REASONS[event.reason];
  const said = firstLine(event.error ?? message ?? why);
  const parts = [
    start,
    `${outcome} ${color("dim", "in")} ${elapsedText(event.durationMs)}`,
    ...(said === null ? [] : [printable(said)]),
    ...(next === null ? [] : [color("dim", `next ${time(next)}`)]),
  ];
  return `${parts.join("  ")}\n`;
}

function abandonedLine(event: EventOf<"abandoned">, { color, zoneOf }: EventLineOptions): string {
  const { jobName, reason, retryAt } = event;
  const next = retryAt === null ? "" : `; the next attempt ${zonedTime(retryAt, zoneOf(jobName))}`;
  return `${color("red", "abandoned")} ${names([jobName])}: ${REASONS[reason]}${next}\n`;
}

function lateLine(event: EventOf<"late">, { color, zoneOf }: EventLineOptions): string {
  const { jobName, dueAt, lateMs, started } = event;
  const due = dueAt === null ? "" : `due ${zonedTime(dueAt, zoneOf(jobName))}, `;
  const what = started ? "started" : "not started";
  return `${color("yellow", "late")} ${names([jobName])}: ${due}${what} after ${elapsedText(lateMs)}\n`;
}

function pausedLines({ jobName, message }: EventOf<"job_paused">, color: Paint): string {
  const line = `${color("red", "paused")} ${names([jobName])}: ${printable(message)}\n`;
  return `${line}${color("cyan", "help:")} cronverge jobs enable ${printable(jobName)} resumes it, and so does a change of the job\n`;
}

function outcomeWord(status: ExecutionStatus): string {
  return status.replaceAll("_", " ");
}

function drainingLine({ running, graceMs }: EventOf<"draining">): string {
  if (running === 0) return "stopping: nothing runs\n";
  const jobs = running === 1 ? "1 job has" : `${running} jobs have`;
  return `stopping: ${jobs} ${durationText(graceMs)} to finish; another signal ends them at once\n`;
}

function problemLines({ message, help }: EventOf<"problem">, color: Paint): string {
  const line = `${color("red", "problem:")} ${printable(message)}\n`;
  return help === null ? line : `${line}${color("cyan", "help:")} ${printable(help)}\n`;
}

function names(jobNames: readonly string[]): string {
  return jobNames.map(printable).join(", ");
}
