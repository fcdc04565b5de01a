import { startTestServer } from "./test-server.ts";

let server: AsyncDisposable | null = null;

/**
 * One PostgreSQL for all test files of a `node --test` run; they find it in the environment. Those who
 * measure ask for one that syncs what it commits.
 */
export async function globalSetup({ durable = false }: { durable?: boolean } = {}): Promise<void> {
  server = await startTestServer({ durable });
}

export async function globalTeardown(): Promise<void> {
  await server?.[Symbol.asyncDispose]();
}
