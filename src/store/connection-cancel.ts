import { openSocket, type ConnectionAddress } from "./connection-address.ts";

/** By what the server knows one of its sessions again; it tells it at the log-in. */
export interface SessionKey {
  pid: number;
  secret: number;
}

const CANCEL_REQUEST = 80_877_102;
const TIMEOUT_MS = 1_000;

/**
 * Asks the server to cancel the statement that it runs for a session, on a connection of its own, as the
 * protocol has it. Resolves to whether the server has done so: later it cannot meet another statement.
 */
export async function requestCancel(
  address: ConnectionAddress,
  { pid, secret }: SessionKey,
): Promise<boolean> {
  const socket = await openSocket(address, TIMEOUT_MS).catch(() => null);
  if (socket === null) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), TIMEOUT_MS);
  // There is no answer: the server closes the connection when it has sent the signal.
  socket.once("end", () => resolve(true));
  socket.once("close", () => resolve(false));
  socket.resume();
  const message = Buffer.alloc(16);
  for (const [index, field] of [message.length, CANCEL_REQUEST, pid, secret].entries()) {
    message.writeUInt32BE(field, 4 * index);
  }
  socket.write(message);
  const told = await promise;
  clearTimeout(timer);
  socket.destroy();
  return told;
}
