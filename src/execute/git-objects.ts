import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { SchedulerError } from "../model/errors.ts";
import { gitArguments, gitSurroundings } from "./git-command.ts";

/** A blob or tree as git stores it. */
export interface GitObject {
  type: string;
  size: number;
  /** Null for one that is too large to be read. */
  content: Buffer | null;
}

interface Waiting {
  resolve(object: GitObject | null): void;
  reject(error: Error): void;
}

const DEADLINE_MS = 30_000;
/** Larger objects are passed over: no config and no code is that large. */
const MAX_OBJECT_BYTES = 32 * 1024 * 1024;

/** Objects of a repository, read through one process of git for as long as this is open. */
export class GitObjects implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting: Waiting[] = [];
  readonly #known = new Map<string, Promise<GitObject | null>>();
  #chunks: Buffer[] = [];
  #buffered = 0;
  /** The object whose content is being received. */
  #current: { type: string; size: number } | null = null;
  #toSkip = 0;
  #failure: Error | null = null;

  constructor(folder: string) {
    const { cwd, env } = gitSurroundings(folder);
    this.#child = spawn("git", gitArguments(["cat-file", "--batch"]), {
      cwd,
      env,
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#child.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
    // A write to a process that ended fails here, and its end is told below.
    this.#child.stdin.on("error", () => undefined);
    this.#child.on("error", (error) => this.#fail(error));
    this.#child.on("close", () => this.#fail(new Error("git ended")));
  }

  /** The object with that hash; null where there is none. */
  async read(hash: string): Promise<GitObject | null> {
    const known = this.#known.get(hash) ?? this.#ask(hash);
    this.#known.set(hash, known);
    return known;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#failure !== null) return;
    const closed = new Promise<void>((resolve) => void this.#child.once("close", () => resolve()));
    this.#child.stdin.end();
    await closed;
  }

  async #ask(hash: string): Promise<GitObject | null> {
    if (this.#failure !== null) throw this.#failure;
    const { promise, resolve, reject } = Promise.withResolvers<GitObject | null>();
    this.#waiting.push({ resolve, reject });
    this.#child.stdin.write(`${hash}\n`);
    const deadline = setTimeout(() => this.#giveUp(), DEADLINE_MS);
    return promise.finally(() => clearTimeout(deadline));
  }

  /** A git that hangs, say on a dead network drive, must not hang its caller. */
  #giveUp(): void {
    this.#fail(new Error(`no answer within ${DEADLINE_MS / 1_000} s`));
    this.#child.kill("SIGKILL");
  }

  #fail(cause: Error): void {
    this.#failure ??= new SchedulerError("io", `git cannot be read from: ${cause.message}`, {
      help: "install git, or see what `git fsck` says of the repository",
      cause,
    });
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#failure);
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    while (this.#takeNext());
  }

  /** Takes a header or a content from what was received; false when more must come first. */
  #takeNext(): boolean {
    if (this.#toSkip > 0) return this.#skip();
    if (this.#current === null) return this.#takeHeader();
    const { type, size } = this.#current;
    if (this.#buffered < size + 1) return false;
    const all = this.#joined();
    this.#keep(all.subarray(size + 1));
    this.#current = null;
    // A copy, so that a small object does not hold the whole of what came with it.
    this.#waiting.shift()?.resolve({ type, size, content: Buffer.from(all.subarray(0, size)) });
    return true;
  }

  #takeHeader(): boolean {
    const all = this.#joined();
    const end = all.indexOf(0x0a);
    if (end === -1) return false;
    const [, type = "", size = ""] = all.subarray(0, end).toString().split(" ");
    this.#keep(all.subarray(end + 1));
    if (size === "") {
      this.#waiting.shift()?.resolve(null);
      return true;
    }
    this.#current = { type, size: Number(size) };
    if (this.#current.size <= MAX_OBJECT_BYTES) return true;
    this.#toSkip = this.#current.size + 1;
    return true;
  }

  #skip(): boolean {
    const all = this.#joined();
    const skipped = Math.min(this.#toSkip, all.length);
    this.#toSkip -= skipped;
    this.#keep(all.subarray(skipped));
    if (this.#toSkip > 0 || this.#current === null) return false;
    this.#waiting.shift()?.resolve({ ...this.#current, content: null });
    this.#current = null;
    return true;
  }

  #joined(): Buffer {
    const [only] = this.#chunks;
    const all =
      this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks);
    this.#keep(all);
    return all;
  }

  #keep(rest: Buffer): void {
    this.#chunks = [rest];
    this.#buffered = rest.length;
  }
}
