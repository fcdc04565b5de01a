import type { ExecutionStatus } from "../../src/model/execution.ts";
import type { Anomaly, AnomalyKind, HistoryRow } from "./checker.ts";

/** What one statement made of a row, as the database saw it. */
export interface Transition {
  executionId: string;
  jobName: string;
  atMs: number;
  /** Null: the row is new. */
  before: RowState | null;
  /** Null: the row was deleted. */
  after: RowState | null;
  /** Something changed that the record of an end holds. */
  recordChanged: boolean;
}

/** What an execution was at an instant. */
export interface RowState {
  status: ExecutionStatus;
  fence: number | null;
  nodeId: string | null;
  attempt: number;
}

/** What must never happen to a row on its way, whatever it looks like in the end. */
export function transitionAnomalies(
  transitions: readonly Transition[],
  rows: readonly HistoryRow[],
): Anomaly[] {
  const found: Anomaly[] = [];
  const recorded = new Set(rows.map(({ id }) => id));
  for (const [id, own] of Map.groupBy(transitions, ({ executionId }) => executionId)) {
    const add = (kind: AnomalyKind, message: string): void => {
      found.push({ kind, jobName: own[0]?.jobName ?? "?", executionIds: [id], message });
    };
    const deleted = own.find(({ after }) => after === null);
    if (deleted !== undefined) add("lost", `was deleted at ${text(deleted.atMs)}`);
    else if (!recorded.has(id)) add("lost", `was recorded at ${text(own[0]?.atMs)}, and is gone`);
    for (const transition of own) checkOwner(transition, add);
    checkFences(own, add);
  }
  return found;
}

type Add = (kind: AnomalyKind, message: string) => void;

function checkOwner({ atMs, before, after, recordChanged }: Transition, add: Add): void {
  if (before === null || after === null) return;
  if (!isOpen(before) && recordChanged) {
    const change = before.status === after.status ? "" : ` to ${after.status}`;
    add("zombie_write", `was ${before.status}, and changed${change} at ${text(atMs)}`);
  }
  const ends = before.status === "running" && after.status !== "running";
  if (ends && after.fence !== null && after.fence !== before.fence) {
    add("zombie_write", `of fence ${before.fence} was ended by ${after.fence} at ${text(atMs)}`);
  }
}

/** Whoever claims a row later has a higher fence. */
function checkFences(own: readonly Transition[], add: Add): void {
  let highest = 0;
  for (const { atMs, after } of own) {
    const fence = after?.fence ?? highest;
    if (fence < highest) add("time_back", `fence ${fence} came after ${highest} at ${text(atMs)}`);
    highest = Math.max(highest, fence);
  }
}

function isOpen({ status }: RowState): boolean {
  return status === "pending" || status === "running";
}

function text(instantMs: number | undefined): string {
  return instantMs === undefined ? "?" : new Date(instantMs).toISOString();
}
