import assert from "node:assert/strict";

const PATIENCE_MS = 30_000;

/** Waits until something holds that no event tells of; fails after 30 s, saying for what it waited. */
export async function waitUntil(holds: () => Promise<boolean>, what: string): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < untilMs, `still waiting: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
