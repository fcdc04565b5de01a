import type { Anomaly } from "../history/checker.ts";
import { percentile } from "../bench/statistics.ts";
import { markdownTable } from "../bench/report.ts";
import type { Evidence } from "./evidence.ts";
import { memoryLines } from "./memory.ts";
import type { NodeLife } from "./node.ts";
import { comebackTimes, takeoverTimes, type Recovery } from "./recovery.ts";

/** What a run did and found, as text. */
export function summaryText(evidence: Evidence, anomalies: readonly Anomaly[]): string {
  const { history, ledger, faults } = evidence;
  const sections = [
    markdownTable(["fault", "times"], counted(faults.done.map(({ kind }) => kind))),
    markdownTable(
      ["executions", "number"],
      counted(
        history.rows.map(({ status, reason }) =>
          reason === null ? status : `${status}: ${reason}`,
        ),
      ),
    ),
    [
      `seed: ${history.seed}; jobs: ${history.jobs.length}; lease: ${history.leaseMs} ms`,
      `attempts in the ledger: ${ledger.filter(({ kind }) => kind === "start").length}`,
      ...timeLines("takeover", takeoverTimes(evidence)),
      ...timeLines("first record after the database came back", comebackTimes(evidence)),
      ...stopLines(evidence),
      ...memoryLines(evidence.faults.memory),
      `ended by themselves: ${strayLives(evidence).length} of ${faults.lives.length} lives of nodes`,
    ].join("\n"),
    ...Object.entries(faults.notDone).map(([fault, reason]) => `not done: ${fault}: ${reason}`),
    ...faults.problems.map((problem) => `PROBLEM: ${problem}`),
    anomalies.length === 0 ? "anomalies: 0" : anomaliesTable(anomalies),
  ];
  return `${sections.join("\n\n")}\n`;
}

function stopLines({ history, faults }: Evidence): string[] {
  const kinds = ["stop_scheduler", "stop_launcher"] as const;
  return kinds.map((kind) => {
    const long = faults.done.filter(
      (fault) => fault.kind === kind && fault.untilMs - fault.fromMs >= 2 * history.leaseMs,
    );
    return `${kind} for twice the lease or longer: ${long.length} times`;
  });
}

/** The lives that nobody ended, but for starts that found the database away. */
export function strayLives({ faults }: Evidence): NodeLife[] {
  return faults.lives.filter(({ wanted, startedMs, endedMs, code }) => {
    if (wanted || endedMs === null) return false;
    const fault = faults.done.some(
      ({ fromMs, untilMs }) => fromMs < endedMs && untilMs > startedMs,
    );
    return code !== UNAVAILABLE || !fault;
  });
}

/** The exit code of what could not be done. */
const UNAVAILABLE = 3;

function timeLines(what: string, recoveries: readonly Recovery[]): string[] {
  const amid = recoveries.filter(({ disturbed }) => disturbed);
  const groups = [
    ["undisturbed", recoveries.flatMap(({ disturbed, tookMs }) => (disturbed ? [] : tookMs))],
    ["amid other faults", amid.map(({ tookMs }) => tookMs)],
    ["all, while a node had the database", recoveries.map(({ possibleMs }) => possibleMs)],
  ] as const;
  return groups.map(([which, times]) => {
    const label = `${what}, ${which}`;
    if (times.length === 0) return `${label}: none`;
    const [p50, p99, most] = [0.5, 0.99, 1].map((share) => Math.round(percentile(times, share)));
    return `${label}: p50 ${p50} ms, p99 ${p99} ms, max ${most} ms (${times.length} times)`;
  });
}

function counted(words: readonly string[]): string[][] {
  const groups = [...Map.groupBy(words, (word) => word)];
  return groups
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([word, same]) => [word, String(same.length)]);
}

function anomaliesTable(anomalies: readonly Anomaly[]): string {
  const rows = anomalies.map(({ kind, jobName, executionIds, message }) => [
    kind,
    jobName,
    executionIds.join(" "),
    message,
  ]);
  return `anomalies: ${anomalies.length}\n\n${markdownTable(["kind", "job", "execution", "what"], rows.slice(0, 100))}`;
}
