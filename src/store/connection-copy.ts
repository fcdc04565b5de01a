import { pipeline } from "node:stream/promises";
import type { PendingQuery, Row } from "postgres";

/** That of whoever takes or gives what is copied, as its cause: it is none of the database's. */
export class OutsideFailure extends Error {
  override readonly name: string = "OutsideFailure";
}

/** Gives the bytes of a `copy … to stdout` to `take`. */
export async function copyOut(
  query: PendingQuery<Row[]>,
  take: (chunk: Buffer) => Promise<void>,
): Promise<void> {
  const refusal = refusalOf(query);
  const rows = await Promise.race([query.readable(), refusal]);
  for await (const chunk of rows) await take(chunk).catch(rethrowOutside);
}

/** Sends the bytes of a `copy … from stdin`. */
export async function copyIn(
  query: PendingQuery<Row[]>,
  chunks: AsyncIterable<Buffer>,
): Promise<void> {
  const refusal = refusalOf(query);
  const rows = await Promise.race([query.writable(), refusal]);
  try {
    await Promise.race([pipeline(watched(chunks), rows), refusal]);
  } finally {
    rows.destroy();
  }
}

/**
 * Rejects when the server refuses the statement. The driver tells that to a promise that it has
 * resolved with the stream already, and after the last byte to nobody else: the stream hangs.
 */
function refusalOf(query: PendingQuery<Row[]>): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  void Object.defineProperty(query, "reject", { value: reject });
  promise.catch(() => undefined);
  return promise;
}

async function* watched(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    rethrowOutside(error);
  }
}

function rethrowOutside(cause: unknown): never {
  throw new OutsideFailure("the copy was given up", { cause });
}
