import type { SchedulerConfig, ValueSource } from "../model/config.generated.ts";
import { durationText } from "../model/job.ts";
import { parseDuration } from "../schedule/duration.ts";
import { checkSecret } from "./check-credentials.ts";
import { checkAddress } from "./check-http.ts";
import { checkTimezone } from "./check-schedule.ts";
import type { JobView } from "./context.ts";
import { errorAt, pathText, type Path, type PathFinding } from "./place.ts";
import { parseSize } from "./size.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Everything beside the jobs. `removed` are the paths that the schema check took out. */
export function checkSettings(config: SchedulerConfig, removed: readonly Path[]): PathFinding[] {
  return [
    ...checkZones(config),
    ...checkLimitsAt({ ...config.defaults }, ["defaults"]),
    ...checkDatabase(config, removed),
    ...checkRetention(config),
  ];
}

/** The limits of one job. */
export function checkLimits({ job, path }: JobView): PathFinding[] {
  return checkLimitsAt(job, path);
}

function checkZones(config: SchedulerConfig): PathFinding[] {
  const { timezone, defaults } = config;
  const findings = timezone === undefined ? [] : checkTimezone(timezone, ["timezone"]);
  if (defaults?.timezone === undefined) return findings;
  const at = ["defaults", "timezone"];
  findings.push(...checkTimezone(defaults.timezone, at));
  if (timezone !== undefined) {
    const message = "`timezone` and `defaults.timezone` are the same setting: give one of them";
    findings.push(errorAt(at, { rule: "config/one-of", message, part: "key" }));
  }
  return findings;
}

interface Limits {
  timeout?: string;
  grace?: string;
  memory?: string;
  output?: string;
}

function checkLimitsAt(limits: Limits, at: Path): PathFinding[] {
  const { timeout, grace, memory, output } = limits;
  return [
    ...(timeout === "none"
      ? []
      : checkDuration(timeout, { path: [...at, "timeout"], from: 1, to: 24 * DAY_MS })),
    ...checkDuration(grace, { path: [...at, "grace"], from: 1, to: HOUR_MS }),
    ...checkSize(memory, { path: [...at, "memory"], from: "16MB", to: "1024GB" }),
    ...checkSize(output, { path: [...at, "output"], from: "1KB", to: "64MiB" }),
  ];
}

function checkDatabase(
  { database, project }: SchedulerConfig,
  removed: readonly Path[],
): PathFinding[] {
  if (database === undefined) return [];
  const { url, lease, connections } = database;
  const findings = checkDuration(lease, {
    path: ["database", "lease"],
    from: 5_000,
    to: HOUR_MS / 6,
  });
  if (url !== undefined) {
    findings.push(...checkConnection(url, ["database", "url"]));
    const wrong = removed.some(([top]) => top === "project");
    if (project === undefined && !wrong) findings.push(missingProject());
  }
  for (const [name, source] of Object.entries(connections ?? {})) {
    findings.push(...checkConnection(source, ["database", "connections", name]));
  }
  return findings;
}

/** Two projects in one schema would each remove the jobs of the other. */
function missingProject(): PathFinding {
  return errorAt(["database", "url"], {
    rule: "config/missing-key",
    message: "`database.url` needs `project`",
    help: "name the project that owns the database schema: `project: shop` at the top of the file",
    part: "key",
  });
}

function checkConnection(source: ValueSource, path: Path): PathFinding[] {
  return [
    ...checkAddress(source, { path, schemes: ["postgres:", "postgresql:"] }),
    ...checkSecret(source, path),
  ];
}

function checkRetention({ retention }: SchedulerConfig): PathFinding[] {
  const range = { from: HOUR_MS, to: 36_500 * DAY_MS };
  return [
    ...checkDuration(retention?.executions?.age, {
      path: ["retention", "executions", "age"],
      ...range,
    }),
    ...checkDuration(retention?.logs, { path: ["retention", "logs"], ...range }),
  ];
}

function checkDuration(
  text: string | undefined,
  { path, from, to }: { path: Path; from: number; to: number },
): PathFinding[] {
  if (text === undefined) return [];
  const ms = parseDuration(text);
  if (ms !== null && ms >= from && ms <= to) return [];
  const message = `\`${pathText(path)}\` must be from ${durationText(from)} to ${durationText(to)}, not ${text}`;
  return [errorAt(path, { rule: "config/range", message })];
}

function checkSize(
  text: string | undefined,
  { path, from, to }: { path: Path; from: string; to: string },
): PathFinding[] {
  if (text === undefined) return [];
  const bytes = parseSize(text) ?? Infinity;
  if (bytes >= (parseSize(from) ?? 0) && bytes <= (parseSize(to) ?? 0)) return [];
  const message = `\`${pathText(path)}\` must be from ${from} to ${to}, not ${text}`;
  return [errorAt(path, { rule: "config/range", message })];
}
