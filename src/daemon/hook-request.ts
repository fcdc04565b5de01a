import type { AttemptRequest } from "../execute/attempt-request.ts";
import type { JobRun, JobSpec } from "../model/job.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import type { FailureHook } from "../model/policy.ts";
import type { HttpRequest } from "../model/request.ts";
import type { ClaimedNotice } from "../store/outbox.ts";

/** Where the processes of hooks start, and whose they are. */
export interface HookPlace {
  nodeId: string;
  root: string;
  configDir: string;
}

/** Long enough for a slow mail server, short enough that a hook which hangs is soon tried again. */
const TIMEOUT_MS = 60_000;
const GRACE_MS = 10_000;
const OUTPUT_BYTES = 65_536;

/** A variable of more than 128 KiB keeps a program from starting; the body of a request has it all. */
const MAX_VARIABLE_LENGTH = 8_192;

/**
 * What a hook is run by: as an attempt of a job that has nothing but the hook. It gets neither the
 * job's `env` nor its `cwd`: a value that is missing there may be what it is to tell of.
 */
export function hookRequest(
  notice: ClaimedNotice & { hook: FailureHook },
  place: HookPlace,
): AttemptRequest {
  const { id, executionId, jobName, payload, traceId } = notice;
  return {
    ...place,
    executionId: executionId ?? id,
    jobName,
    attempt: typeof payload["attempt"] === "number" ? payload["attempt"] : 0,
    fence: "",
    scheduledFor: textOf(payload["scheduled_for"]) || null,
    spec: hookSpec(notice),
    parameters: {},
    traceId,
    hook: { noticeId: id, variables: hookVariables(payload) },
  };
}

function hookSpec({ spec, hook, payload }: ClaimedNotice & { hook: FailureHook }): JobSpec {
  return {
    ...spec,
    run: hookRun(hook, payload),
    env: {},
    permissions: { net: false, run: false, read: [], write: [], env: [], database: [] },
    cwd: null,
    timeoutMs: TIMEOUT_MS,
    graceMs: GRACE_MS,
    outputBytes: OUTPUT_BYTES,
  };
}

function hookRun(hook: FailureHook, payload: JsonObject): JobRun {
  return hook.type === "command" ? hook : { type: "http", http: withBody(hook.http, payload) };
}

function withBody(http: HttpRequest, payload: JsonObject): HttpRequest {
  if (http.body !== null || http.method === "GET" || http.method === "HEAD") return http;
  const named = Object.keys(http.headers).some((name) => name.toLowerCase() === "content-type");
  const type = named ? {} : { "content-type": "application/json" };
  return { ...http, headers: { ...type, ...http.headers }, body: JSON.stringify(payload) };
}

/** `CRONVERGE_EVENT`, `CRONVERGE_STATUS`, …; empty where there is nothing to say. */
function hookVariables(payload: JsonObject): Record<string, string> {
  return Object.fromEntries(
    VARIABLES.map(([name, field]) => [
      `CRONVERGE_${name}`,
      textOf(payload[field]).slice(0, MAX_VARIABLE_LENGTH),
    ]),
  );
}

const VARIABLES = [
  ["EVENT", "event"],
  ["STATUS", "status"],
  ["REASON", "reason"],
  ["ERROR", "error"],
  ["TRIGGER", "trigger"],
  ["DUE_AT", "due_at"],
  ["STARTED_AT", "started_at"],
  ["FINISHED_AT", "finished_at"],
  ["MAX_ATTEMPTS", "max_attempts"],
] as const;

function textOf(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
