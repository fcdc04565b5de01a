import { BUILTINS } from "../model/builtins.ts";
import type { JobRun, JobSchedule } from "../model/job.ts";
import type { HttpRequest, ValueSource } from "../model/request.ts";
import { durationText, scheduleText } from "../model/job.ts";
import type { JsonValue } from "../model/json.ts";
import type { FieldChange } from "../plan/fields.ts";
import { printable } from "./printable.ts";

/** The fields of a spec by the names that the config file gives them. */
const LABELS = new Map([
  ["schedule.expression", "schedule"],
  ["schedule.timezone", "timezone"],
  ["schedule.everyMs", "every"],
  ["schedule.executeAt", "at"],
  ["run.plugin", "plugin"],
  ["run.export", "export"],
  ["run.command", "command"],
  ["run.builtin", "built-in"],
  ["memoryBytes", "memory"],
  ["timeoutMs", "timeout"],
  ["graceMs", "grace"],
  ["outputBytes", "output"],
  ["schedule.dst", "dst"],
  ["schedule.dst.gap", "dst gap"],
  ["schedule.dst.fold", "dst fold"],
  ["queueLimit", "queue_limit"],
  ["catchup.policy", "catchup"],
  ["catchup.windowMs", "catchup window"],
  ["catchup.max", "catchup max"],
  ["spreadMs", "spread"],
  ["retry.attempts", "attempts"],
  ["retry.initialMs", "first pause"],
  ["retry.factor", "pause factor"],
  ["retry.maxMs", "max pause"],
  ["retry.jitter", "pause jitter"],
  ["deadlineMs", "deadline"],
  ["pauseAfterFailures", "pause after"],
  ["onFailure", "on failure"],
  ["onFailure.command", "on failure"],
  ["lateAfterMs", "late after"],
]);

/** What the absence of a value means. */
const UNSET: ReadonlyMap<string, string> = new Map([
  ["run.database", "the scheduler's own"],
  ["timeoutMs", "none"],
  ["deadlineMs", "none"],
  ["lateAfterMs", "never"],
  ["pauseAfterFailures", "never"],
  ["schedule.dst", "by the kind of the schedule"],
  ["schedule.dst.gap", "by the kind of the schedule"],
  ["schedule.dst.fold", "by the kind of the schedule"],
]);

/** What a field of the spec is called where its change is shown, by its path. */
export function fieldLabel(path: string): string {
  return printable(
    LABELS.get(path) ??
      path.replace(/^(?:run|permissions)\./, "").replace(/^onFailure\.http\./, "on failure "),
  );
}

/** A value of the spec as the config file would write it. */
function fieldValue(path: string, value: JsonValue): string {
  if (value === null) return UNSET.get(path) ?? "(nothing)";
  if (typeof value === "number") {
    if (path.endsWith("Ms")) return durationText(value);
    if (path.endsWith("Bytes")) return bytesText(value);
  }
  return printable(JSON.stringify(value));
}

/** `before → after`; what is hidden of both may be all that differs. */
export function changedText({ path, before, after }: FieldChange): string {
  const from = fieldValue(path, before);
  const to = fieldValue(path, after);
  return from === to ? `${from} → ${to} (changed)` : `${from} → ${to}`;
}

/** In the largest unit that says it exactly; the config file writes both kinds. */
export function bytesText(bytes: number): string {
  const exact = BYTE_UNITS.filter(([, size]) => bytes >= size && bytes % size === 0);
  const [unit, size] = exact.reduce((largest, next) => (next[1] > largest[1] ? next : largest), [
    "bytes",
    1,
  ] as const);
  return `${bytes / size} ${unit}`;
}

const BYTE_UNITS: (readonly [string, number])[] = [
  ["GiB", 2 ** 30],
  ["GB", 1e9],
  ["MiB", 2 ** 20],
  ["MB", 1e6],
  ["KiB", 2 ** 10],
  ["kB", 1e3],
];

/** What a job runs, on one line and never shortened: a cut command hides what it does. */
export function runText(run: JobRun): string {
  switch (run.type) {
    case "plugin":
      return printable(`plugin ${run.plugin}${run.export === null ? "" : `#${run.export}`}`);
    case "builtin":
      return `built-in ${run.builtin}${run.database === undefined ? "" : ` on ${run.database}`}`;
    case "command":
      return printable(`command ${JSON.stringify(run.command)}`);
    case "http":
      return printable(`http ${run.http.method} ${sourceText(run.http.url)}`);
  }
}

/** Whether a built-in writes; null for a job of another kind. */
export function enforceText(run: JobRun): string | null {
  if (run.type !== "builtin") return null;
  const enforce = run.enforce ?? BUILTINS[run.builtin].enforcesByDefault;
  return enforce ? "true" : "false, it only tells what it would do";
}

/** When a job is due, as the file says it; a cron text stands in quotes. */
export function timingText(schedule: JobSchedule | null): string {
  if (schedule === null) return "by hand only";
  const text = scheduleText(schedule);
  return printable(schedule.type === "cron" ? JSON.stringify(text) : text);
}

/** What a request sends and expects beside its method and address, as labels and texts. */
export function requestTexts(http: HttpRequest): [label: string, text: string][] {
  const texts: [string, string][] = [];
  if (Object.keys(http.headers).length > 0) texts.push(["headers", sourcesText(http.headers)]);
  if (http.body !== null) texts.push(["body", quotedSource(http.body)]);
  texts.push(["expect", http.expect.join(", ")]);
  if (http.redirects > 0) texts.push(["redirects", String(http.redirects)]);
  return texts;
}

/** `A="text", B=(env NAME)`. */
export function sourcesText(sources: Record<string, ValueSource>): string {
  return Object.entries(sources)
    .map(([name, source]) => `${printable(name)}=${quotedSource(source)}`)
    .join(", ");
}

function quotedSource(source: ValueSource): string {
  return printable(typeof source === "string" ? JSON.stringify(source) : sourceText(source));
}

function sourceText(source: ValueSource): string {
  if (typeof source === "string") return source;
  return "env" in source ? `(env ${source.env})` : `(file ${source.file})`;
}
