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
      return runLine(event, options);
    case "occurrences_skipped":
      return `${color("yellow", "skipped")} ${event.count} missed of ${names(event.jobNames)}\n`;
    case "abandoned":
      return `${color("red", "abandoned")} ${names([event.jobName])}: ${REASONS[event.reason]}\n`;
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
    `config ${printable(event.configFile)}`,
    `database ${printable(event.database)}`,
  ];
  return `${color("bold", `cronverge ${version}`)}  ${facts.join("  ")}\n`;
}

function appliedLines(event: EventOf<"applied">, options: EventLineOptions): string {
  const { plan, revision, commit, dirty, sinceSaveMs } = event;
  const origin = commit === null ? "" : `, ${commitText({ commit, dirty })}`;
  const since = sinceSaveMs === null ? "" : ` ${elapsedText(sinceSaveMs)} after the save`;
  const line = `in force${since} (revision ${revision ?? "none"}${origin})`;
  return `${renderPlan(plan, { ...options, most: MOST_CHANGES })}${options.color("green", line)}\n`;
}

function found(event: EventOf<"rejected"> | EventOf<"warned">, color: Paint): string {
  const { diagnostics, sources } = event;
  return renderDiagnostics(diagnostics, { sources, color: diagnosticPaint(color) });
}

function runLine(
  event: EventOf<"run_started"> | EventOf<"run_finished">,
  { color, zoneOf }: EventLineOptions,
): string {
  const time = (instant: string): string => zonedTime(instant, zoneOf(event.jobName));
  const job = printable(event.jobName);
  const start = `${color("dim", time(event.at))}  ${color("bold", job)}`;
  if (event.type === "run_started") {
    const again = event.attempt > 1 ? `, attempt ${event.attempt}` : "";
    return `${start}  started (${event.trigger}${again})\n`;
  }
  const why = event.status === "success" || event.reason === null ? null : REASONS[event.reason];
  const said = firstLine(event.error ?? event.message ?? why);
  const outcome = color(event.status === "success" ? "green" : "red", outcomeWord(event.status));
  const parts = [
    start,
    `${outcome} ${color("dim", "in")} ${elapsedText(event.durationMs)}`,
    ...(said === null ? [] : [printable(said)]),
    ...(event.nextRun === null ? [] : [color("dim", `next ${time(event.nextRun)}`)]),
  ];
  return `${parts.join("  ")}\n`;
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
