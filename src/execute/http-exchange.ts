import type { Response } from "undici";
import { basicAuthorization } from "./address-credentials.ts";
import { fetchUntilAborted } from "./http-client.ts";

/** Headers by their names in lower case. */
export type RequestHeaders = Map<string, string>;

/** A request with its values looked up. */
export interface ResolvedRequest {
  url: string;
  method: string;
  headers: RequestHeaders;
  /** Names, in lower case, of headers whose values were looked up: they never reach another origin. */
  secretHeaders: string[];
  body: string | null;
  secretBody: boolean;
  /** Redirects that are followed. */
  redirects: number;
  /** A redirect whose status is expected is the answer. */
  expect: number[];
}

export interface Reply {
  status: number;
  /** At most 64 KiB of it. */
  body: string;
  /** There was more. */
  cut: boolean;
}

const MAX_BODY_BYTES = 65_536;

const CREDENTIAL_HEADERS = ["authorization", "cookie", "proxy-authorization"];

/**
 * Sends a request, follows its redirects by hand, and reads the start of the answer's body. User and
 * password of its address go as a header; those that a redirect names are not sent at all.
 */
export async function exchange(request: ResolvedRequest, signal: AbortSignal): Promise<Reply> {
  let hop: ResolvedRequest = { ...request, headers: withAuthorization(request) };
  for (let left = request.redirects; ; left -= 1) {
    const { method, body } = hop;
    const url = httpUrl(hop.url);
    const headers = [...hop.headers];
    const init = { method, headers, body, signal, redirect: "manual" } as const;
    const response = await fetchUntilAborted(url, init);
    const location = response.headers.get("location");
    const wanted = request.expect.includes(response.status);
    if (wanted || left <= 0 || !REDIRECTS.has(response.status) || location === null) {
      return { status: response.status, ...(await readBody(response)) };
    }
    await response.body?.cancel();
    hop = redirected(hop, { status: response.status, to: httpUrl(new URL(location, url).href) });
  }
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

function withAuthorization({ url, headers }: ResolvedRequest): RequestHeaders {
  const authorization = basicAuthorization(url);
  if (authorization === null || headers.has("authorization")) return headers;
  return new Map([...headers, ["authorization", authorization]]);
}

/** Without user and password: fetch refuses an address that has them, in an error that shows them. */
function httpUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null) throw new TypeError("the url is not one");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(
      `the url has the protocol ${url.protocol}, only http and https are allowed`,
    );
  }
  url.username = "";
  url.password = "";
  return url;
}

/** The next request, as browsers do it, except that looked-up values stay with their origin. */
function redirected(
  request: ResolvedRequest,
  redirect: { status: number; to: URL },
): ResolvedRequest {
  const { status, to } = redirect;
  const headers = new Map(request.headers);
  const toGet =
    status === 303 ? request.method !== "HEAD" : status < 303 && request.method === "POST";
  const method = toGet ? "GET" : request.method;
  const body = toGet ? null : request.body;
  if (toGet) for (const name of ["content-type", "content-length"]) headers.delete(name);
  if (to.origin !== new URL(request.url).origin) {
    if (body !== null && request.secretBody) {
      throw new TypeError(`a redirect to ${to.origin} would carry the body there, which is secret`);
    }
    for (const name of [...CREDENTIAL_HEADERS, ...request.secretHeaders]) headers.delete(name);
  }
  return { ...request, url: to.href, method, headers, body };
}

async function readBody(response: Response): Promise<Pick<Reply, "body" | "cut">> {
  if (response.body === null) return { body: "", cut: false };
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    parts.push(part);
    bytes += part.length;
    // Leaving the loop cancels the stream, and with it the transfer.
    if (bytes >= MAX_BODY_BYTES) break;
  }
  const body = new TextDecoder().decode(Buffer.concat(parts).subarray(0, MAX_BODY_BYTES));
  return { body, cut: bytes >= MAX_BODY_BYTES };
}
