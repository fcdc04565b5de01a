/** A text given literally, or looked up on the node at the start of a run and never stored. */
export type ValueSource = string | { env: string } | { file: string };

/** A request that a job, or a hook of it, sends. */
export interface HttpRequest {
  url: ValueSource;
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  headers: Record<string, ValueSource>;
  body: ValueSource | null;
  /** The status codes that count as success. */
  expect: number[];
  /** Redirects that are followed; 0 makes a redirect a failure unless its code is expected. */
  redirects: number;
}

/** All values of a request, of which each may be looked up. */
export function requestSources({ url, headers, body }: HttpRequest): ValueSource[] {
  return [url, ...Object.values(headers), ...(body === null ? [] : [body])];
}
