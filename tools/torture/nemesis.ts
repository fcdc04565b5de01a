import { setTimeout as delay } from "node:timers/promises";
import type { World } from "./faults.ts";
import { FAULTS } from "./faults.ts";
import type { FaultKind, Step } from "./plan.ts";

/** A fault that was done, in the time of the database. */
export interface DoneFault {
  kind: FaultKind;
  node: number | null;
  fromMs: number;
  untilMs: number;
  /** The scheduler that it killed. */
  killedPid: number | null;
  detail: string;
}

/**
 * Does the steps at their times, and resolves when all are put right. The database is brought back
 * before it is hit again; steps on different nodes go on beside one another.
 */
export async function runNemesis(
  steps: readonly Step[],
  given: { world: World; nowMs: () => number; say: (line: string) => void },
): Promise<DoneFault[]> {
  const { world, nowMs, say } = given;
  const beganMs = nowMs();
  const done: DoneFault[] = [];
  const running: Promise<void>[] = [];
  const failed: unknown[] = [];
  for (const step of steps) {
    await delay(Math.max(0, beganMs + step.atMs - nowMs()));
    const { kind, node } = step;
    const fromMs = nowMs();
    say(`${kind}${node === null ? "" : ` of node ${node}`} (${step.lengthMs} ms)`);
    running.push(
      FAULTS[kind](step, world).then(
        ({ pid, detail }) => {
          done.push({ kind, node, fromMs, untilMs: nowMs(), killedPid: pid, detail });
        },
        (error: unknown) => void failed.push(error),
      ),
    );
  }
  await Promise.all(running);
  if (failed.length > 0) throw new AggregateError(failed, "faults could not be injected");
  return done.toSorted((a, b) => a.fromMs - b.fromMs);
}

/**
 * How much of a stretch was free of faults, and of the time that is allowed to put them right.
 * Faults may lie over one another.
 */
export function quietMs(
  faults: readonly Pick<DoneFault, "fromMs" | "untilMs">[],
  recoveryMs: number,
): (fromMs: number, untilMs: number) => number {
  const windows = faults
    .map(({ fromMs, untilMs }) => ({ fromMs, untilMs: untilMs + recoveryMs }))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  return (fromMs, untilMs) => {
    let quiet = 0;
    let atMs = fromMs;
    for (const window of windows) {
      if (window.untilMs <= atMs) continue;
      if (window.fromMs >= untilMs) break;
      quiet += Math.max(0, window.fromMs - atMs);
      atMs = Math.max(atMs, window.untilMs);
    }
    return quiet + Math.max(0, untilMs - atMs);
  };
}
