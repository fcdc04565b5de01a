import type { SchedulerConfig, ValueSource } from "../model/config.generated.ts";
import { LOG_LEVELS } from "../model/execution.ts";
import { checkSecret } from "./check-credentials.ts";
import { checkAddress } from "./check-http.ts";
import { checkTimezone } from "./check-schedule.ts";
import { checkLimitsAt } from "./check-limits.ts";
import { checkHeartbeat } from "./check-heartbeat.ts";
import { errorAt, type Path, type PathFinding } from "./place.ts";
import { checkDuration } from "./range.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Everything beside the jobs. `removed` are the paths that the schema check took out. */
export function checkSettings(config: SchedulerConfig, removed: readonly Path[]): PathFinding[] {
  return [
    ...checkZones(config),
    ...checkLimitsAt({ ...config.defaults }, ["defaults"]),
    ...checkDatabase(config, removed),
    ...checkRetention(config),
    ...checkHeartbeat(config),
  ];
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
    ...checkLogAges(retention?.logs, range),
  ];
}

function checkLogAges(
  logs: NonNullable<SchedulerConfig["retention"]>["logs"],
  range: { from: number; to: number },
): PathFinding[] {
  const path = ["retention", "logs"];
  if (logs === undefined || typeof logs === "string")
    return checkDuration(logs, { path, ...range });
  return LOG_LEVELS.flatMap((level) =>
    checkDuration(logs[level], { path: [...path, level], ...range }),
  );
}
