import type { HttpRequest as HttpKeys } from "../model/config.generated.ts";
import type { HttpRequest } from "../model/request.ts";
import { DEFAULTS } from "./settings.ts";

/** A request with every default filled in. */
export function toRequest(http: HttpKeys): HttpRequest {
  const { expect = [...DEFAULTS.expect] } = http;
  return {
    url: http.url,
    method: http.method ?? "GET",
    headers: http.headers ?? {},
    body: http.body ?? null,
    expect: typeof expect === "number" ? [expect] : expect,
    redirects: http.redirects ?? 0,
  };
}
