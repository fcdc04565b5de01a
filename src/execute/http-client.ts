import type { Dispatcher, fetch, RequestInit, Response } from "undici";

interface Client {
  fetch: typeof fetch;
  dispatcher: Dispatcher;
}

/** Loaded with the first request: a scheduler that sends none is spared its memory. */
let client: Promise<Client> | null = null;

/**
 * `fetch` without a limit of its own. Node's gives up when the headers, or the next piece of the body,
 * take five minutes; here the signal alone says how long a request may take. A connection must still
 * be made within ten seconds: until then nothing was sent.
 */
export async function fetchUntilAborted(
  url: URL,
  init: RequestInit & { signal: AbortSignal },
): Promise<Response> {
  client ??= loadClient();
  const loaded = await client;
  return loaded.fetch(url, { ...init, dispatcher: loaded.dispatcher });
}

async function loadClient(): Promise<Client> {
  const { Agent, EnvHttpProxyAgent, fetch: send } = await import("undici");
  const options = { headersTimeout: 0, bodyTimeout: 0 };
  const dispatcher = usesProxy() ? new EnvHttpProxyAgent(options) : new Agent(options);
  return { fetch: send, dispatcher };
}

/** Whether Node was asked to heed HTTP_PROXY and its like, as it asks of its own fetch. */
function usesProxy(): boolean {
  const { NODE_USE_ENV_PROXY, NODE_OPTIONS = "" } = process.env;
  const flags = [...process.execArgv, ...NODE_OPTIONS.split(/\s+/)];
  return NODE_USE_ENV_PROXY === "1" || flags.includes("--use-env-proxy");
}
