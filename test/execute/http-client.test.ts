import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { createServer, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { Agent, fetch as plainFetch, getGlobalDispatcher, setGlobalDispatcher } from "undici";
import { exchange, type Reply, type ResolvedRequest } from "../../src/execute/http-exchange.ts";

/** The clock by which undici limits requests; it can be moved on. */
const clock: { tick(ms?: number): void } = createRequire(import.meta.url)(
  "undici/lib/util/timers.js",
);

/** Far beyond the five minutes that undici and Node allow by themselves. */
const LONG_MS = 24 * 3_600_000;

function letTimePass(): void {
  // Timers that are new begin to count with the first tick.
  clock.tick();
  clock.tick(LONG_MS);
}

/** A server that leaves the answers to the test, and a global dispatcher with the usual limits. */
async function serve(
  t: TestContext,
): Promise<{ url: string; nextResponse: () => Promise<ServerResponse> }> {
  const global = getGlobalDispatcher();
  setGlobalDispatcher(new Agent());
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    setGlobalDispatcher(global);
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it has a port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    nextResponse: async () => (await once(server, "request"))[1] as ServerResponse,
  };
}

function get(url: string): Promise<Reply> {
  const request: ResolvedRequest = {
    url,
    method: "GET",
    headers: new Map(),
    secretHeaders: [],
    body: null,
    secretBody: false,
    redirects: 0,
    expect: [200],
  };
  return exchange(request, new AbortController().signal);
}

/** Resolves with the next message on a channel. */
async function seen(t: TestContext, channel: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const listener = (): void => resolve();
  subscribe(channel, listener);
  t.after(() => unsubscribe(channel, listener));
  await promise;
}

/** What shows that the time has passed: a request with the usual limits fails by them. */
async function assertTimedOut(waiting: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(waiting, (error: Error) => {
    const { cause } = error;
    assert.ok(cause instanceof Error && "code" in cause);
    assert.equal(cause.code, code);
    return true;
  });
}

test("no wait for the headers of an answer is too long", async (t) => {
  const { url, nextResponse } = await serve(t);
  const [plainResponse, plain] = [nextResponse(), plainFetch(url)];
  await plainResponse;
  const [response, reply] = [nextResponse(), get(url)];
  const late = await response;
  letTimePass();
  await assertTimedOut(plain, "UND_ERR_HEADERS_TIMEOUT");
  late.end("late");
  assert.deepEqual(await reply, { status: 200, body: "late", cut: false });
});

test("no wait for the rest of a body is too long", async (t) => {
  const { url, nextResponse } = await serve(t);
  const [plainResponse, plain] = [nextResponse(), plainFetch(url)];
  (await plainResponse).write("never more");
  const body = (await plain).body?.getReader();
  await body?.read();
  const [response, reply] = [nextResponse(), get(url)];
  const slow = await response;
  const begun = seen(t, "undici:request:bodyChunkReceived");
  slow.write("slow");
  await begun;
  letTimePass();
  await assertTimedOut(body?.read() ?? plain, "UND_ERR_BODY_TIMEOUT");
  slow.end("ly");
  assert.deepEqual(await reply, { status: 200, body: "slowly", cut: false });
});

test("a proxy that Node was told of is used", async (t) => {
  const proxy = createServer((request, response) => response.end(`proxied ${request.url}`));
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.after(() => proxy.close());
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("it has a port");
  const program = `
    import { exchange } from ${JSON.stringify(new URL("../../src/execute/http-exchange.ts", import.meta.url))};
    const request = { url: "http://example.invalid/a", method: "GET", headers: new Map(), secretHeaders: [], body: null, secretBody: false, redirects: 0, expect: [200] };
    console.log((await exchange(request, AbortSignal.timeout(5_000))).body);`;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], {
    env: { NODE_USE_ENV_PROXY: "1", HTTP_PROXY: `http://127.0.0.1:${address.port}` },
  });
  assert.equal(stdout, "proxied http://example.invalid/a\n");
});
