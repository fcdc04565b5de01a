import type { HttpRequest, ValueSource } from "../model/config.generated.ts";
import type { JobView } from "./context.ts";
import { checkLookup } from "./check-grants.ts";
import { errorAt, type Path, type PathFinding } from "./place.ts";

/** What of a request could not be sent, or would be replaced on the way. */
export function checkHttp({ handler, path }: JobView): PathFinding[] {
  if (handler?.type !== "http") return [];
  return checkRequest(handler.http, { at: [...path, "http"], method: "GET" });
}

/** The same of any request that stands at `at`; `method` is what it has where it names none. */
export function checkRequest(
  http: HttpRequest,
  { at, method }: { at: Path; method: NonNullable<HttpRequest["method"]> },
): PathFinding[] {
  return [
    ...checkSource(http.url, [...at, "url"]),
    ...checkAddress(http.url, { path: [...at, "url"], schemes: ["http:", "https:"] }),
    ...checkBody({ method, ...http }, at),
    ...checkHeaders(http, [...at, "headers"]),
  ];
}

/** An address that is written here must be one; what is looked up is known only on the node. */
export function checkAddress(
  source: ValueSource,
  { path, schemes }: { path: Path; schemes: string[] },
): PathFinding[] {
  if (typeof source !== "string") return [];
  const url = URL.parse(source);
  if (url !== null && schemes.includes(url.protocol)) return [];
  const message = "this is not an address";
  const help = `write one that starts with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`;
  return [errorAt(path, { rule: "config/address", message, help })];
}

function checkSource(source: ValueSource, path: Path): PathFinding[] {
  if (typeof source === "string" || !("env" in source)) return [];
  return checkLookup(source.env, [...path, "env"]);
}

function checkBody(http: HttpRequest, at: Path): PathFinding[] {
  if (http.body === undefined) return [];
  const path = [...at, "body"];
  const method = http.method ?? "GET";
  if (method !== "GET" && method !== "HEAD") return checkSource(http.body, path);
  const message = `a ${method} request has no body`;
  const help = "set method: POST, or remove the body";
  return [errorAt(path, { rule: "config/http", message, help, part: "key" })];
}

function checkHeaders(http: HttpRequest, at: Path): PathFinding[] {
  const seen = new Set<string>();
  return Object.entries(http.headers ?? {}).flatMap(([name, source]) => {
    const path = [...at, name];
    const findings = checkSource(source, path);
    const refuse = (message: string, part: "key" | "value"): void => {
      findings.push(errorAt(path, { rule: "config/http", message, part }));
    };
    const lower = name.toLowerCase();
    if (seen.has(lower)) refuse(`the header ${name} is given twice: case does not count`, "key");
    seen.add(lower);
    if (OWN_HEADERS.has(lower)) refuse(`the header ${name} is set by the scheduler`, "key");
    if (typeof source === "string" && !/^[\t\x20-\x7e\x80-\xff]*$/.test(source)) {
      refuse("a header has no line breaks and only Latin characters", "value");
    }
    return findings;
  });
}

const OWN_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "idempotency-key",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
