import type { ExecutionStatus } from "../model/execution.ts";
import type { Style } from "./paint.ts";
import type { Cell } from "./table.ts";

const STYLES: Record<ExecutionStatus, Style> = {
  pending: "cyan",
  running: "cyan",
  success: "green",
  failed: "red",
  timed_out: "red",
  cancelled: "yellow",
  skipped: "dim",
  abandoned: "red",
};

/** A state as a coloured word. */
export function stateCell(state: ExecutionStatus): Cell {
  return { text: state, style: STYLES[state] };
}
