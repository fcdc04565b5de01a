import type { LedgerLine } from "../../tools/history/ledger.ts";
import type { RowState, Transition } from "../../tools/history/transitions.ts";
import { at } from "./history.ts";

/** What an execution wrote of its start in that minute, but for what `given` says. */
export function line(minute: number, given: Partial<LedgerLine> = {}): LedgerLine {
  return {
    kind: "start",
    jobName: "a",
    executionId: `a-${minute}`,
    scheduledFor: at(minute),
    attempt: 1,
    fence: 100 + minute,
    pid: 1_000 + minute,
    atMs: Date.parse(at(minute, 50)),
    detail: "",
    ...given,
  };
}

/** What it wrote of its end. */
export function end(minute: number, given: Partial<LedgerLine> = {}): LedgerLine {
  const atMs = Date.parse(at(minute, 800));
  return line(minute, { kind: "end", detail: "0", atMs, ...given });
}

/** What its row was while it ran. */
export function state(minute: number, given: Partial<RowState> = {}): RowState {
  return { status: "running", fence: 100 + minute, nodeId: "node", attempt: 1, ...given };
}

/** A change of its row, so many ms after the minute. */
export function change(minute: number, ms: number, given: Partial<Transition>): Transition {
  const atMs = Date.parse(at(minute, ms));
  const about = { executionId: `a-${minute}`, jobName: "a", atMs };
  return { ...about, before: null, after: null, recordChanged: true, ...given };
}

/** What happened to the row of a success. */
export function life(minute: number): Transition[] {
  const success = state(minute, { status: "success" });
  return [
    change(minute, 5, { after: state(minute) }),
    change(minute, 900, { before: state(minute), after: success }),
  ];
}
