import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "./connection-client.ts";
import { connectionLost } from "./connection-errors.ts";

/** What is about to end may end; then the server is asked, and again: a request may come too early. */
const FIRST_MS = 50;
const AGAIN_MS = 500;

/** A server that has not obeyed after this does not answer. */
const GIVE_UP_MS = 5_000;

/**
 * Uses a client until the signal is aborted. Then the server cancels what it does for it, and a client
 * whose server does not is dropped. Settles when nothing of the use is left.
 */
export async function useUntilAborted<T>(
  client: Client,
  use: (client: Client) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  signal.throwIfAborted();
  const used = use(client);
  let ended: Promise<void> | undefined;
  const end = (): void => void (ended = cancelUse(client, used));
  signal.addEventListener("abort", end, { once: true });
  try {
    return await used;
  } finally {
    signal.removeEventListener("abort", end);
    await ended;
  }
}

async function cancelUse(client: Client, used: Promise<unknown>): Promise<void> {
  let over = false;
  const settled = used.then(
    () => (over = true),
    () => (over = true),
  );
  const drop = (): void => client.destroy(connectionLost("the server did not cancel a statement"));
  const timer = setTimeout(drop, GIVE_UP_MS);
  let told = true;
  for (let waitMs = FIRST_MS; ; waitMs = AGAIN_MS) {
    await Promise.race([settled, sleep(waitMs, undefined, { ref: false })]);
    if (over) break;
    told = await client.cancel();
  }
  clearTimeout(timer);
  // A request that is still on its way must not meet the statement of somebody else.
  if (!told) drop();
}
