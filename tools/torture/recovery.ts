import type { Transition } from "../history/transitions.ts";
import type { Evidence } from "./evidence.ts";
import type { DoneFault } from "./nemesis.ts";
import { quietMs } from "./nemesis.ts";
import type { FaultKind } from "./plan.ts";

/** How long it took to put something right. */
export interface Recovery {
  tookMs: number;
  /** That of it in which a node ran that the faults left its road to a running database. */
  possibleMs: number;
  /** Another fault was going on at some time of it. */
  disturbed: boolean;
}

/**
 * Of each execution that ran on a node when that was killed, the time until it was abandoned,
 * returned, or had ended.
 */
export function takeoverTimes(evidence: Evidence): Recovery[] {
  const { history, faults } = evidence;
  const held = heldRows(history.transitions);
  const possibleBetween = quietMs(timesOfNobody(evidence), 0);
  return faults.done.flatMap((fault) => {
    const { killedPid, fromMs } = fault;
    const ids = history.nodeIds
      .filter(({ pid, startedMs }) => pid === killedPid && startedMs < fromMs)
      .map(({ id }) => id);
    return held
      .filter((row) => ids.includes(row.nodeId) && row.fromMs < fromMs && row.untilMs > fromMs)
      .map(({ untilMs }) => recovery(fault, { fromMs, untilMs, faults, possibleBetween }));
  });
}

/** How long it took after each kill of the database until a node wrote again. */
export function comebackTimes(evidence: Evidence): Recovery[] {
  const { history, faults } = evidence;
  const possibleBetween = quietMs(timesOfNobody(evidence), 0);
  return faults.done.flatMap((fault) => {
    const { kind, untilMs: fromMs } = fault;
    const first = history.transitions.find(({ atMs }) => atMs > fromMs);
    if (kind !== "kill_database" || first === undefined) return [];
    return [recovery(fault, { fromMs, untilMs: first.atMs, faults, possibleBetween })];
  });
}

function recovery(
  fault: DoneFault,
  given: {
    fromMs: number;
    untilMs: number;
    faults: Evidence["faults"];
    possibleBetween: (fromMs: number, untilMs: number) => number;
  },
): Recovery {
  const { fromMs, untilMs, faults } = given;
  const others = faults.done.filter((other) => other !== fault);
  const disturbed = others.some((other) => other.fromMs < untilMs && other.untilMs > fromMs);
  const possibleMs = given.possibleBetween(fromMs, untilMs);
  return { tookMs: untilMs - fromMs, possibleMs, disturbed };
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

/** A stretch of time. */
interface Span {
  fromMs: number;
  untilMs: number;
}

/** What keeps every node from the database, and what keeps the one that it hits. */
const OF_DATABASE: readonly FaultKind[] = ["kill_database", "cut_all_roads"];
const OF_NODE: readonly FaultKind[] = ["stop_scheduler", "stall_road", "cut_road", "flap_road"];

/** When the database was away, or no process of a node was there that could reach it. */
function timesOfNobody({ faults }: Evidence): Span[] {
  const spansOf = (kinds: readonly FaultKind[], node: number | null): Span[] =>
    faults.done.filter((fault) => kinds.includes(fault.kind) && fault.node === node);
  const nodes = [...Map.groupBy(faults.lives, ({ node }) => node)];
  const [first = [], ...others] = nodes.map(([node, lives]) => [
    ...gapsBetween(lives),
    ...spansOf(OF_NODE, node),
  ]);
  return [...others.reduce(common, first), ...spansOf(OF_DATABASE, null)];
}

/** Before, between and after the lives of a node. */
function gapsBetween(lives: Evidence["faults"]["lives"]): Span[] {
  const inOrder = lives.toSorted((a, b) => a.startedMs - b.startedMs);
  const ends = [-Infinity, ...inOrder.map(({ endedMs }) => endedMs ?? Infinity)];
  const starts = [...inOrder.map(({ startedMs }) => startedMs), Infinity];
  return starts.map((untilMs, index) => ({ fromMs: ends[index] ?? -Infinity, untilMs }));
}

/** What is in a span of each. */
function common(some: readonly Span[], others: readonly Span[]): Span[] {
  return some.flatMap((a) =>
    others.flatMap((b) => {
      const both = {
        fromMs: Math.max(a.fromMs, b.fromMs),
        untilMs: Math.min(a.untilMs, b.untilMs),
      };
      return both.fromMs < both.untilMs ? [both] : [];
    }),
  );
}
