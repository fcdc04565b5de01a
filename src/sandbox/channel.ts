import { readSync, writeSync } from "node:fs";
import type { Socket } from "node:net";
import { getBuiltinModule } from "node:process";
import { StringDecoder } from "node:string_decoder";
import type { JobToScheduler, SchedulerToJob } from "./messages.ts";
import { exitProcess, fromJson, toJson } from "./originals.ts";

/** The job's end of its channel to the scheduler. */
export interface Channel {
  send(message: JobToScheduler, sent?: () => void): void;
  /** Whether the open channel keeps the process alive. */
  keepAlive(keep: boolean): void;
}

/** A channel that reads its first message before anything else happens. */
export interface JobEnd extends Channel {
  /** Waits for one message, and blocks the process meanwhile: there is nothing else for it to do. */
  receiveFirst(): void;
  /** Takes what the channel needs of Node, before job code gets hold of it. */
  open(): void;
}

const CHANNEL_DESCRIPTOR = 3;

/** How often a first message is looked for where the descriptor does not wait by itself. */
const LOOK_MS = 1;

/**
 * The channel. It does not keep the process alive unless it is told to. When it closes, the launcher
 * is gone and nobody supervises this process any more, so it exits at once.
 *
 * A socket is opened in the turn after the first message, or when it is needed: to load sockets takes
 * as long as all else between the start of Node and the first line of a job.
 */
export function openChannel(receive: (message: SchedulerToJob) => void): JobEnd {
  const inbox = new Inbox(receive);
  let opened: OpenSocket | null = null;
  const open = (): OpenSocket => (opened ??= openSocket(inbox));
  return {
    receiveFirst() {
      setImmediate(open);
      const bytes = Buffer.allocUnsafe(65_536);
      while (inbox.received === 0) inbox.add(bytes.subarray(0, readBlocking(bytes)));
    },
    open,
    send: (message, sent) => open().write(`${toJson(message)}\n`, () => sent?.()),
    keepAlive: (keep) => (keep ? open().hold() : opened?.release()),
  };
}

/** Bytes that become messages, one a line. */
class Inbox {
  received = 0;
  readonly #decoder = new StringDecoder("utf8");
  readonly #receive: (message: SchedulerToJob) => void;
  #text = "";

  constructor(receive: (message: SchedulerToJob) => void) {
    this.#receive = receive;
  }

  add(chunk: Buffer | string): void {
    this.#text += typeof chunk === "string" ? chunk : this.#decoder.write(chunk);
    for (let end = this.#text.indexOf("\n"); end >= 0; end = this.#text.indexOf("\n")) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      this.received += 1;
      this.#receive(fromJson(line) as SchedulerToJob);
    }
  }
}

function readBlocking(bytes: Buffer): number {
  for (;;) {
    try {
      const count = readSync(CHANNEL_DESCRIPTOR, bytes);
      if (count > 0) return count;
      endUnsupervised();
    } catch (error) {
      const isEmpty = error instanceof Error && "code" in error && error.code === "EAGAIN";
      if (!isEmpty) endUnsupervised();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
    }
  }
}

interface OpenSocket {
  write: (text: string, written: () => void) => boolean;
  hold: () => void;
  release: () => void;
}

function openSocket(inbox: Inbox): OpenSocket {
  const { Socket: OriginalSocket } = getBuiltinModule("node:net");
  const socket: Socket = new OriginalSocket({
    fd: CHANNEL_DESCRIPTOR,
    readable: true,
    writable: true,
  });
  const release = socket.unref.bind(socket);
  release();
  socket.on("data", (chunk) => inbox.add(chunk));
  socket.on("error", endUnsupervised);
  socket.on("close", endUnsupervised);
  return { write: socket.write.bind(socket), hold: socket.ref.bind(socket), release };
}

/** Nobody may be left to read why; but where it was the job that closed the channel, it must learn. */
function endUnsupervised(): void {
  try {
    writeSync(2, "the channel to the scheduler, file descriptor 3, was closed\n");
  } catch {
    // The other end of this pipe is gone too.
  }
  exitProcess(1);
}
