import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import { runHttp } from "../../src/execute/http.ts";
import type { AttemptOutcome } from "../../src/model/execution.ts";
import type { JobSpec } from "../../src/model/job.ts";
import type { HttpRequest } from "../../src/model/request.ts";
import { attemptRequest, jobSpec } from "./attempt.ts";

/** A real server on the loopback interface; gives its origin. */
async function serve(
  t: TestContext,
  handle: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<string> {
  const server = createServer((request, response) => void handle(request, response)).listen(
    0,
    "127.0.0.1",
  );
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
}

function call(
  http: Partial<HttpRequest> & { url: HttpRequest["url"] },
  options: { spec?: Partial<JobSpec>; signal?: AbortSignal; executionId?: string } = {},
): Promise<AttemptOutcome> {
  const full: HttpRequest = {
    method: "GET",
    headers: {},
    body: null,
    expect: [200],
    redirects: 0,
    ...http,
  };
  const { executionId } = options;
  const request = attemptRequest(
    jobSpec({ type: "http", http: full }, options.spec),
    executionId === undefined ? {} : { executionId },
  );
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  return runHttp(request, { onLog: () => undefined, ...signal });
}

test("method, headers, body and the idempotency key are sent; the answer is the result", async (t) => {
  const origin = await serve(t, async (request, response) => {
    const body = (await request.toArray()).join("");
    const { "x-a": a, "idempotency-key": key } = request.headers;
    response.writeHead(201).end(`${request.method} ${String(a)} ${String(key)} ${body}\0`);
  });
  const outcome = await call(
    { url: origin, method: "POST", headers: { "X-A": "1" }, body: "data", expect: [201] },
    { executionId: "id-1" },
  );
  assert.equal(outcome.status, "success");
  assert.deepEqual(outcome.result, { status: 201, body: "POST 1 id-1 data␀" });
});

test("an unexpected status fails, and keeps the answer", async (t) => {
  const origin = await serve(t, (_request, response) => response.writeHead(503).end("busy"));
  const outcome = await call({ url: origin });
  assert.equal(outcome.reason, "http_status");
  assert.deepEqual(outcome.result, { status: 503, body: "busy" });
  assert.match(outcome.error ?? "", /status 503; expected 200/);
});

test("redirects are followed up to the limit, and secrets stay with their origin", async (t) => {
  const seen: (string | undefined)[] = [];
  const target = await serve(t, (request, response) => {
    seen.push(
      request.headers["x-token"]?.toString(),
      request.headers.authorization,
      request.method,
    );
    response.end("there");
  });
  const origin = await serve(t, (request, response) => {
    const location = request.url === "/" ? "/next" : target;
    seen.push(request.headers["x-token"]?.toString());
    response.writeHead(302, { location }).end();
  });
  process.env.CRONVERGETEST_TOKEN = "token-secret";
  t.after(() => delete process.env.CRONVERGETEST_TOKEN);
  const headers = { "X-Token": { env: "CRONVERGETEST_TOKEN" }, Authorization: "Basic x" };
  const outcome = await call({ url: origin, method: "POST", headers, body: "b", redirects: 2 });
  assert.equal(outcome.status, "success");
  assert.deepEqual(seen, ["token-secret", "token-secret", undefined, undefined, "GET"]);
  assert.equal((await call({ url: origin, redirects: 1 })).reason, "http_status");
  assert.equal((await call({ url: origin, expect: [302] })).status, "success");
});

test("of an endless body 64 KiB are read, and secrets in it are redacted", async (t) => {
  const origin = await serve(t, (_request, response) => {
    const more = (): void => {
      if (!response.destroyed && response.write("token-secret ".repeat(1_000))) setImmediate(more);
      else response.once("drain", more);
    };
    more();
  });
  process.env.CRONVERGETEST_TOKEN = "token-secret";
  t.after(() => delete process.env.CRONVERGETEST_TOKEN);
  const headers = { "X-Token": { env: "CRONVERGETEST_TOKEN" } };
  const outcome = await call({ url: origin, headers });
  const { body } = outcome.result as { body: string };
  assert.ok(body.length <= 65_536 && !body.includes("token-secret"));
});

test("a looked-up value that makes a request impossible is not shown", async (t) => {
  process.env.CRONVERGETEST_TOKEN = "token-\nsecret";
  t.after(() => delete process.env.CRONVERGETEST_TOKEN);
  const headers = { "X-Token": { env: "CRONVERGETEST_TOKEN" } };
  const broken = await call({ url: "http://127.0.0.1:8099", headers });
  assert.match(broken.error ?? "", /"\[redacted\]" is an invalid header value/);
});

/** The text of an `authorization` header of the scheme Basic. */
const basic = (text: string): string => `Basic ${Buffer.from(text).toString("base64")}`;

test("user and password of an address are sent as Basic authorization, to its origin alone", async (t) => {
  const seen: (string | undefined)[] = [];
  const elsewhere = await serve(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.end();
  });
  const origin = await serve(t, (request, response) => {
    seen.push(request.headers.authorization);
    const target = elsewhere.replace("//", "//other:password@");
    response.writeHead(302, { location: request.url === "/" ? "/next" : target }).end();
  });
  const withUser = (user: string): string => origin.replace("//", `//${user}@`);
  const sent = async (http: Parameters<typeof call>[0]): Promise<typeof seen> => {
    await call({ redirects: 2, ...http });
    return seen.splice(0);
  };
  const ada = basic("ada:s3cret@p w%");
  assert.deepEqual(await sent({ url: withUser("ada:s3cret@p%20w%") }), [ada, ada, undefined]);
  assert.deepEqual(await sent({ url: withUser("token-0123"), expect: [302] }), [
    basic("token-0123:"),
  ]);
  const own = { Authorization: "Bearer x" };
  assert.deepEqual(await sent({ url: withUser("ada:s3cret"), headers: own }), [
    "Bearer x",
    "Bearer x",
    undefined,
  ]);
});

test("the credentials of an address are hidden, wherever they come back from", async (t) => {
  const origin = await serve(t, (request, response) => {
    const { authorization = "" } = request.headers;
    const text = Buffer.from(authorization.slice("Basic ".length), "base64").toString();
    response.writeHead(500).end(`${authorization} ${text} ${encodeURIComponent(text)}`);
  });
  process.env.CRONVERGETEST_URL = origin.replace("//", "//admin:s3cret%2Fpw@");
  t.after(() => delete process.env.CRONVERGETEST_URL);
  for (const url of [{ env: "CRONVERGETEST_URL" }, process.env.CRONVERGETEST_URL]) {
    const { result } = await call({ url });
    assert.deepEqual(result, { status: 500, body: "Basic [redacted] [redacted] [redacted]" });
  }
  const token = await call({ url: origin.replace("//", "//token-0123@") });
  assert.doesNotMatch(JSON.stringify(token), /token-0123|dG9rZW4tMDEyM/);
  const shut = await call({ url: "http://admin:s3cretpw@127.0.0.1:9/" });
  assert.match(shut.error ?? "", /bad port/);
  assert.doesNotMatch(shut.error ?? "", /s3cretpw/);
});

test("timeout, cancel and failure are told apart", async (t) => {
  const origin = await serve(t, (_request, response) => response.flushHeaders());
  const late = await call({ url: origin }, { spec: { timeoutMs: 100 } });
  assert.equal(late.status, "timed_out");
  const cancel = new AbortController();
  const cancelled = call({ url: origin }, { signal: cancel.signal });
  cancel.abort("lease_lost");
  assert.equal((await cancelled).status, "abandoned");
  const refused = await call({ url: "http://127.0.0.1:9" });
  assert.equal(refused.reason, "http_error");
  assert.match(refused.error ?? "", /bad port: requests are never sent to it/);
  assert.match((await call({ url: "file:///etc/passwd" })).error ?? "", /only http and https/);
  const missing = await call({ url: { env: "CRONVERGETEST_ABSENT" } });
  assert.equal(missing.reason, "secret_unavailable");
});
