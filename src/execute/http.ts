import { attemptOutcome, type AttemptOutcome, type CancelReason } from "../model/execution.ts";
import type { HttpRequest } from "../model/request.ts";
import type { JsonValue } from "../model/json.ts";
import type { AttemptDeps, AttemptRequest } from "./attempt-request.ts";
import { exchange, type ResolvedRequest } from "./http-exchange.ts";
import { secretUnavailable } from "./process-attempt.ts";
import type { Redact } from "./redact.ts";
import { createRedactor } from "./redact.ts";
import { SecretResolver, ValueUnavailable } from "./secrets.ts";
import { storableText } from "./storable.ts";

/**
 * Runs an `http` job in the scheduler. The execution id is sent as the idempotency key, because a
 * frozen scheduler cannot take back a request that another node then repeats.
 */
export async function runHttp(request: AttemptRequest, deps: AttemptDeps): Promise<AttemptOutcome> {
  const { run, timeoutMs } = request.spec;
  const key = request.hook?.noticeId ?? request.executionId;
  if (run.type !== "http") throw new TypeError(`a ${run.type} job is not an http job`);
  const resolver = new SecretResolver({ configDir: request.configDir, env: process.env });
  const limit = timeoutMs === null ? [] : [timeoutSignal(timeoutMs)];
  const cancelled = deps.signal === undefined ? [] : [deps.signal];
  const signal = AbortSignal.any([...cancelled, ...limit]);
  let redact: Redact = (text) => text;
  try {
    const resolved = await resolveRequest(run.http, { resolver, key });
    redact = createRedactor(resolver.secrets);
    const reply = await exchange(resolved, signal);
    const text = redact(storableText(reply.body), { end: reply.cut });
    const body = text === "" ? {} : { body: text };
    const result: JsonValue = { status: reply.status, ...body };
    const line = `${run.http.method} answered ${reply.status}`;
    deps.onLog([
      {
        at: new Date().toISOString(),
        level: "info",
        module: "http",
        message: line,
        metadata: null,
      },
    ]);
    if (run.http.expect.includes(reply.status))
      return attemptOutcome({ status: "success", result });
    const error = `the response has status ${reply.status}; expected ${run.http.expect.join(", ")}`;
    return attemptOutcome({ status: "failed", reason: "http_status", error, result });
  } catch (error) {
    if (error instanceof ValueUnavailable) return secretUnavailable(error);
    if (deps.signal?.aborted === true) return cancelOutcome(deps.signal.reason as CancelReason);
    if (signal.aborted) return attemptOutcome({ status: "timed_out", reason: "timeout" });
    const text = storableText(redact(causeText(error)));
    return attemptOutcome({ status: "failed", reason: "http_error", error: text });
  }
}

/** Longer than one timer of Node can wait, and than any request can take. */
const MAX_TIMEOUT_MS = 2_147_483_647;

function timeoutSignal(timeoutMs: number): AbortSignal {
  return AbortSignal.timeout(Math.min(timeoutMs, MAX_TIMEOUT_MS));
}

async function resolveRequest(
  http: HttpRequest,
  options: { resolver: SecretResolver; key: string },
): Promise<ResolvedRequest> {
  const { resolver, key } = options;
  const headers = new Map([
    ["idempotency-key", key],
    ["user-agent", "cronverge"],
  ]);
  const secretHeaders: string[] = [];
  for (const [name, source] of Object.entries(http.headers)) {
    const lower = name.toLowerCase();
    headers.set(lower, await resolver.resolve(source, `http.headers.${name}`));
    if (typeof source !== "string") secretHeaders.push(lower);
  }
  const body = http.body === null ? null : await resolver.resolve(http.body, "http.body");
  return {
    url: await resolver.resolveAddress(http.url, "http.url"),
    method: http.method,
    headers,
    secretHeaders,
    body,
    secretBody: http.body !== null && typeof http.body !== "string",
    redirects: http.redirects,
    expect: http.expect,
  };
}

function cancelOutcome(reason: CancelReason): AttemptOutcome {
  const status = reason === "lease_lost" ? "abandoned" : "cancelled";
  return attemptOutcome({ status, reason });
}

/** By the Fetch standard, lest a request be taken for one of another protocol. */
const BAD_PORT =
  "bad port: requests are never sent to it, because another protocol has it; use another one";

/** `fetch failed` says nothing; its cause does. */
export function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors.length > 0) return causeText(cause.errors[0]);
  if (cause instanceof Error) return `${error.message}: ${causeText(cause)}`;
  return error.message === "bad port" ? BAD_PORT : error.message;
}
