import { once } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import { createServer } from "node:http";
import type { Cleanup } from "./database.ts";

/** A request as it arrived. */
export interface Received {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface TestServer {
  url: string;
  received: Received[];
  /** Resolves when so many requests have arrived. */
  until(count: number): Promise<void>;
  /** What it answers from now on. */
  answer: number;
}

/** A server on this machine that answers every request; it ends with the test. */
export async function startServer(t: Cleanup, status = 204): Promise<TestServer> {
  let wake: () => void = () => undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const body = Buffer.concat(chunks).toString();
      made.received.push({ method, path, headers, body });
      response.writeHead(made.answer).end();
      wake();
    });
  });
  const made: TestServer = {
    url: "",
    received: [],
    answer: status,
    async until(count) {
      while (made.received.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("it has a port");
  made.url = `http://127.0.0.1:${address.port}`;
  return made;
}
