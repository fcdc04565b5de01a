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
  command: "info" | "contents";
  hash: string;
  resolve(object: GitObject | null): void;
  reject(error: Error): void;
}

/** What all answers together may take: a hostile commit must not keep its reader for long. */
const DEADLINE_MS = 60_000;
/** Larger objects are passed over: no config and no code is that large. */
const MAX_OBJECT_BYTES = 32 * 1024 * 1024;
/** What git ends with where it does not know an option. */
const USAGE_EXIT_CODE = 129;

/**
 * Objects of a repository, read through one process of git for as long as this is open. Git is asked
 * for the size first: eight gigabytes of zeros are a few kilobytes in a pull request.
 */
export class GitObjects implements AsyncDisposable {
  readonly #folder: string;
  readonly #deadlineMs: number;
  #child: ChildProcessByStdio<Writable, Readable, null>;
  /** Git before 2.36 gives each object whole, whatever its size. */
  #isOld: boolean;
  #waiting: Waiting[] = [];
  readonly #infos = new Map<string, Promise<GitObject | null>>();
  readonly #contents = new Map<string, Promise<GitObject | null>>();
  #chunks: Buffer[] = [];
  #buffered = 0;
  #hasAnswered = false;
  /** The object whose content is being received. */
  #current: { type: string; size: number } | null = null;
  #toSkip = 0;
  #failure: Error | null = null;
  #spentMs = 0;
  #deadline: { timer: NodeJS.Timeout; startMs: number } | null = null;

  constructor(folder: string, options: { deadlineMs?: number; asOldGit?: boolean } = {}) {
    this.#folder = folder;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#isOld = options.asOldGit ?? false;
    this.#child = this.#start();
  }

  /** The object with that hash, without content where it has more than `maxBytes`; or null. */
  async read(hash: string, maxBytes: number = MAX_OBJECT_BYTES): Promise<GitObject | null> {
    const info = await this.#info(hash);
    if (info === null || info.size > maxBytes) return info;
    const known = this.#contents.get(hash) ?? this.#ask("contents", hash);
    this.#contents.set(hash, known);
    return known;
  }

  /** The bytes of an object, which is not read; null where there is none. */
  async sizeOf(hash: string): Promise<number | null> {
    return (await this.#info(hash))?.size ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#failure !== null) return;
    const closed = new Promise<void>((resolve) => void this.#child.once("close", () => resolve()));
    this.#child.stdin.end();
    await closed;
  }

  #start(): ChildProcessByStdio<Writable, Readable, null> {
    const { cwd, env } = gitSurroundings(this.#folder);
    const mode = this.#isOld ? "--batch" : "--batch-command";
    const child = spawn("git", gitArguments(["cat-file", mode]), {
      cwd,
      env,
      stdio: ["pipe", "pipe", "ignore"],
    });
    child.stdout.on("data", (chunk: Buffer) => this.#receive(chunk));
    // A write to a process that ended fails here, and its end is told below.
    child.stdin.on("error", () => undefined);
    child.on("error", (error) => this.#fail(error));
    child.on("close", (code) => this.#end(code));
    return child;
  }

  #end(code: number | null): void {
    if (this.#isOld || this.#hasAnswered || code !== USAGE_EXIT_CODE || this.#failure !== null) {
      this.#fail(new Error("git ended"));
      return;
    }
    this.#isOld = true;
    this.#child = this.#start();
    for (const { command, hash } of this.#waiting) this.#send(command, hash);
  }

  async #info(hash: string): Promise<GitObject | null> {
    const known = this.#infos.get(hash) ?? this.#ask("info", hash);
    this.#infos.set(hash, known);
    const found = await known;
    return found === null ? null : { ...found, content: null };
  }

  async #ask(command: Waiting["command"], hash: string): Promise<GitObject | null> {
    if (this.#failure !== null) throw this.#failure;
    const { promise, resolve, reject } = Promise.withResolvers<GitObject | null>();
    this.#waiting.push({ command, hash, resolve, reject });
    this.#startDeadline();
    this.#send(command, hash);
    return promise;
  }

  #send(command: Waiting["command"], hash: string): void {
    this.#child.stdin.write(this.#isOld ? `${hash}\n` : `${command} ${hash}\n`);
  }

  /** What is counted is the waiting alone, not what the caller does with the answers. */
  #startDeadline(): void {
    if (this.#deadline !== null) return;
    // A timer that is due at once may still lose against an answer.
    if (this.#spentMs >= this.#deadlineMs) return this.#giveUp();
    const timer = setTimeout(() => this.#giveUp(), this.#deadlineMs - this.#spentMs);
    this.#deadline = { timer, startMs: performance.now() };
  }

  #stopDeadline(): void {
    if (this.#deadline === null) return;
    clearTimeout(this.#deadline.timer);
    this.#spentMs += performance.now() - this.#deadline.startMs;
    this.#deadline = null;
  }

  /** A git that hangs, say on a dead network drive, must not hang its caller. */
  #giveUp(): void {
    this.#fail(new Error(`its objects are not read within ${this.#deadlineMs / 1_000} s`));
    this.#child.kill("SIGKILL");
  }

  #answer(object: GitObject | null): void {
    this.#waiting.shift()?.resolve(object);
    if (this.#waiting.length === 0) this.#stopDeadline();
  }

  #fail(cause: Error): void {
    this.#failure ??= new SchedulerError("io", `git cannot be read from: ${cause.message}`, {
      help: "install git, or see what `git fsck` says of the repository",
      cause,
    });
    this.#stopDeadline();
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#failure);
  }

  #receive(chunk: Buffer): void {
    this.#hasAnswered = true;
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
    this.#answer({ type, size, content: Buffer.from(all.subarray(0, size)) });
    return true;
  }

  #takeHeader(): boolean {
    const all = this.#joined();
    const end = all.indexOf(0x0a);
    if (end === -1) return false;
    const [, type = "", size = ""] = all.subarray(0, end).toString().split(" ");
    this.#keep(all.subarray(end + 1));
    if (size === "") {
      this.#answer(null);
      return true;
    }
    if (!this.#isOld && this.#waiting[0]?.command === "info") {
      this.#answer({ type, size: Number(size), content: null });
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
    const passed = this.#current;
    this.#current = null;
    this.#answer({ ...passed, content: null });
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
