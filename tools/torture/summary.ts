import type { Anomaly } from "../history/checker.ts";
import { percentile } from "../bench/statistics.ts";
import { markdownTable } from "../bench/report.ts";
import type { Transition } from "../history/transitions.ts";
import type { Evidence } from "./evidence.ts";
import { memoryLines } from "./memory.ts";
import type { DoneFault } from "./nemesis.ts";
import type { NodeLife } from "./node.ts";

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

/** How long it took to put something right. */
export interface Recovery {
  tookMs: number;
  /** Another fault was going on at some time of it. */
  disturbed: boolean;
}

/**
 * Of each execution that ran on a node when that was killed, the time until it was abandoned,
 * returned, or had ended.
 */
export function takeoverTimes({ history, faults }: Evidence): Recovery[] {
  const held = heldRows(history.transitions);
  return faults.done.flatMap((fault) => {
    const { killedPid, fromMs } = fault;
    const ids = history.nodeIds
      .filter(({ pid, startedMs }) => pid === killedPid && startedMs < fromMs)
      .map(({ id }) => id);
    return held
      .filter((row) => ids.includes(row.nodeId) && row.fromMs < fromMs && row.untilMs > fromMs)
      .map(({ untilMs }) => recovery(fault, { fromMs, untilMs, faults }));
  });
}

/** How long it took after each kill of the database until a node wrote again. */
export function comebackTimes({ history, faults }: Evidence): Recovery[] {
  return faults.done.flatMap((fault) => {
    const { kind, untilMs: fromMs } = fault;
    const first = history.transitions.find(({ atMs }) => atMs > fromMs);
    if (kind !== "kill_database" || first === undefined) return [];
    return [recovery(fault, { fromMs, untilMs: first.atMs, faults })];
  });
}

function recovery(
  fault: DoneFault,
  given: { fromMs: number; untilMs: number; faults: Evidence["faults"] },
): Recovery {
  const { fromMs, untilMs, faults } = given;
  const others = faults.done.filter((other) => other !== fault);
  const disturbed = others.some((other) => other.fromMs < untilMs && other.untilMs > fromMs);
  return { tookMs: untilMs - fromMs, disturbed };
}

/** The stretches in which executions were a node's to run. */
function heldRows(
  transitions: readonly Transition[],
): { nodeId: string; fromMs: number; untilMs: number }[] {
  const open = new Map<string, { nodeId: string; sinceMs: number }>();
  const held: { nodeId: string; fromMs: number; untilMs: number }[] = [];
  for (const { executionId, atMs, after } of transitions) {
    const before = open.get(executionId);
    const nodeId = after?.status === "running" ? after.nodeId : null;
    if (before?.nodeId === nodeId) continue;
    if (before !== undefined) {
      held.push({ nodeId: before.nodeId, fromMs: before.sinceMs, untilMs: atMs });
    }
    if (nodeId === null) open.delete(executionId);
    else open.set(executionId, { nodeId, sinceMs: atMs });
  }
  return held;
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
  const groups = [
    [`${what}, undisturbed`, recoveries.filter(({ disturbed }) => !disturbed)],
    [`${what}, amid other faults`, recoveries.filter(({ disturbed }) => disturbed)],
  ] as const;
  return groups.map(([label, own]) => {
    if (own.length === 0) return `${label}: none`;
    const times = own.map(({ tookMs }) => tookMs);
    const [p50, p99, most] = [0.5, 0.99, 1].map((share) => Math.round(percentile(times, share)));
    return `${label}: p50 ${p50} ms, p99 ${p99} ms, max ${most} ms (${own.length} times)`;
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
