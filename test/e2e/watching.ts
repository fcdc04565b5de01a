import assert from "node:assert/strict";
import type { RunningCli } from "../helpers/cli.ts";

/** A line of the log of `cronverge up`. */
export type Line = Record<string, unknown>;

/** Whether a line tells of such an event. */
export function event(name: string): (line: Line) => boolean {
  return (line) => line["event"] === name;
}

/** Stops a scheduler at once. Two signals, the second when the first was heard. */
export async function stopUp(up: RunningCli): Promise<void> {
  up.kill("SIGTERM");
  await up.line(event("draining"));
  up.kill("SIGTERM");
  assert.equal(await up.ended, 0);
}
