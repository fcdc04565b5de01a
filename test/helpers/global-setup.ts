import { startTestServer } from "./test-server.ts";

let server: AsyncDisposable | null = null;

/** One PostgreSQL for all test files of a `node --test` run; they find it in the environment. */
export async function globalSetup(): Promise<void> {
  server = await startTestServer();
}

export async function globalTeardown(): Promise<void> {
  await server?.[Symbol.asyncDispose]();
}
