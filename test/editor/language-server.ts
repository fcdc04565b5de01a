import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import type { Cleanup } from "../helpers/database.ts";

const SERVER = join(
  import.meta.dirname,
  "../../node_modules/yaml-language-server/bin/yaml-language-server",
);

/** Lines and characters count from 0, as editors count. */
interface Position {
  line: number;
  character: number;
}

export interface EditorProblem {
  message: string;
  range: { start: Position; end: Position };
}

export interface Suggestion {
  label: string;
  documentation?: string | { value: string };
}

/** An editor that shows YAML, as far as the language server behind it goes. */
export interface Editor {
  /** Opens a file, with another text than it has if one is given; waits for what is wrong with it. */
  open(file: string, text?: string): Promise<EditorProblem[]>;
  /** What is shown for the word at the place; null: nothing. */
  hover(file: string, at: Position): Promise<string | null>;
  complete(file: string, at: Position): Promise<Suggestion[]>;
}

/** Starts a language server of its own, which ends with the test. It may load nothing from elsewhere. */
export async function openEditor(t: Cleanup): Promise<Editor> {
  const connection = new Connection(
    spawn(process.execPath, [SERVER, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] }),
  );
  t.after(() => connection.close());
  await connection.ask("initialize", { processId: process.pid, rootUri: null, capabilities: {} });
  connection.tell("initialized", {});
  connection.tell("workspace/didChangeConfiguration", { settings: SETTINGS });
  const place = (file: string, position: Position) => ({
    textDocument: { uri: uriOf(file) },
    position,
  });
  return {
    async open(file, text = readFileSync(file, "utf8")) {
      const uri = uriOf(file);
      const problems = connection.diagnosticsOf(uri);
      const textDocument = { uri, languageId: "yaml", version: 1, text };
      connection.tell("textDocument/didOpen", { textDocument });
      return problems;
    },
    async hover(file, position) {
      const found = (await connection.ask("textDocument/hover", place(file, position))) as {
        contents: { value: string } | string;
      } | null;
      if (found === null) return null;
      return typeof found.contents === "string" ? found.contents : found.contents.value;
    },
    async complete(file, position) {
      const found = (await connection.ask("textDocument/completion", place(file, position))) as {
        items: Suggestion[];
      };
      return found.items;
    },
  };
}

const SETTINGS = {
  yaml: { schemaStore: { enable: false }, validate: true, hover: true, completion: true },
};

function uriOf(file: string): string {
  return pathToFileURL(file).href;
}

interface Message {
  id?: number;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message: string };
}

/** JSON messages with a header that says how long they are, in both directions. */
class Connection {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #diagnostics = new Map<string, PromiseWithResolvers<EditorProblem[]>>();
  readonly #ended: Promise<void>;
  #received = Buffer.alloc(0);
  #lastId = 0;

  constructor(process: ChildProcessByStdio<Writable, Readable, null>) {
    this.#process = process;
    process.stdout.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#ended = new Promise((resolve) => {
      process.on("close", () => {
        const error = new Error("the language server ended");
        for (const waiting of [...this.#answers.values(), ...this.#diagnostics.values()]) {
          waiting.promise.catch(() => undefined);
          waiting.reject(error);
        }
        resolve();
      });
    });
  }

  ask(method: string, params: unknown): Promise<unknown> {
    this.#lastId += 1;
    const answer = Promise.withResolvers<unknown>();
    this.#answers.set(this.#lastId, answer);
    this.#send({ id: this.#lastId, method, params });
    return answer.promise;
  }

  tell(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  /** The next that the server says of the document. */
  diagnosticsOf(uri: string): Promise<EditorProblem[]> {
    const waiting = Promise.withResolvers<EditorProblem[]>();
    this.#diagnostics.set(uri, waiting);
    return waiting.promise;
  }

  async close(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }

  #send(message: Message): void {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const head = this.#received.indexOf("\r\n\r\n");
      if (head < 0) return;
      const header = this.#received.subarray(0, head).toString();
      const length = Number(/Content-Length: (\d+)/i.exec(header)?.[1]);
      const end = head + 4 + length;
      if (this.#received.length < end) return;
      const body = this.#received.subarray(head + 4, end).toString();
      this.#received = this.#received.subarray(end);
      this.#handle(JSON.parse(body) as Message);
    }
  }

  #handle({ id, method, params, result, error }: Message): void {
    if (method === "textDocument/publishDiagnostics") {
      const { uri, diagnostics } = params as { uri: string; diagnostics: EditorProblem[] };
      this.#diagnostics.get(uri)?.resolve(diagnostics);
    } else if (method !== undefined && id !== undefined) {
      // The server asks for settings, or to be told of changes: it has all there is.
      this.#send({ id, result: null });
    } else if (id !== undefined) {
      const answer = this.#answers.get(id);
      if (error === undefined) answer?.resolve(result);
      else answer?.reject(new Error(error.message));
    }
  }
}
