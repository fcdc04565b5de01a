import type { OccurrenceRow } from "../store/clock.ts";
import type { JobPass } from "./occurrences.ts";

/** A row that may have a slot, with what decides whether and when. */
interface Candidate {
  row: OccurrenceRow;
  key: string | null;
  keySlots: number;
  priority: number;
}

/**
 * Gives slots of this node to rows that could run at once: of those by the same key no more than it
 * has slots, of the others the highest priority and the longest due first. Who gets none waits for
 * any node.
 */
export function takeSlots(pass: readonly JobPass[], slots: number): void {
  if (slots === 0) return;
  const candidates: Candidate[] = pass.flatMap(({ move, rows }) => {
    const { exclusiveKey: key, keySlots, priority } = move.admission;
    const open = rows.filter((row) => row.status === "pending");
    return open.map((row) => ({ row, key, keySlots, priority }));
  });
  candidates.sort(
    (a, b) => b.priority - a.priority || a.row.dueAt.getTime() - b.row.dueAt.getTime(),
  );
  const turns = new Map<string, number>();
  let free = slots;
  for (const { row, key, keySlots } of candidates) {
    if (free === 0) break;
    const turn = key === null ? 0 : (turns.get(key) ?? 0);
    if (turn >= keySlots) continue;
    if (key !== null) turns.set(key, turn + 1);
    row.status = "running";
    row.turn = turn;
    free -= 1;
  }
  tellTheOthers(pass);
}

/** How many rows could run now. */
export function countReady(pass: readonly JobPass[]): number {
  return pass.reduce((sum, job) => sum + readyRows(job), 0);
}

/** The jobs of a pass whose rows all fit into so many slots, and those that need none. */
export function thoseThatFit(pass: readonly JobPass[], slots: number): JobPass[] {
  const byPriority = pass.toSorted((a, b) => b.move.admission.priority - a.move.admission.priority);
  let free = slots;
  return byPriority.filter((job) => {
    const ready = readyRows(job);
    if (ready > free) return false;
    free -= ready;
    return true;
  });
}

function readyRows({ rows }: JobPass): number {
  return rows.filter((row) => row.status === "pending").length;
}

/** Those that get none are told how many of their job do. */
function tellTheOthers(pass: readonly JobPass[]): void {
  for (const { rows } of pass) {
    const slots = rows.filter((row) => row.status === "running").length;
    for (const row of rows) if (row.status === "pending") row.turn = slots;
  }
}

/**
 * All rows in the order of their keys, those of a job in theirs: two nodes that insert rows of the
 * same keys wait for each other in one direction only.
 */
export function inKeyOrder(pass: readonly JobPass[]): OccurrenceRow[] {
  const sorted = pass.toSorted((a, b) => compare(keyOf(a), keyOf(b)));
  return sorted.flatMap(({ rows }) => rows);
}

function keyOf({ move }: JobPass): string {
  return move.admission.exclusiveKey ?? "";
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
