import { randomUUIDv7 } from "node:crypto";
import { hostname } from "node:os";
import { performance } from "node:perf_hooks";
import type { NodeRole } from "../model/node-role.ts";
import type { Database } from "../store/connection.ts";
import type { NodeIdentity } from "../store/nodes.ts";
import { monotonicMs } from "../execute/launcher-client.ts";
import { drainNode, registerNode, stopNode } from "../store/nodes.ts";
import { VERSION } from "../model/version.ts";
import { processIdentity } from "./process-identity.ts";

export interface NodeOptions {
  database: Database;
  leaseMs: number;
  concurrency: number;
  configFile: string | null;
  role: NodeRole;
}

/** What runs must have ended by before the lease does. */
const SAFETY_MS = 2_000;

/** What is left of a lease that a run may still begin in, as a part of it. */
const LEAST_PART = 1 / 15;

/** This process as a node: its id changes when a lease is lost, everything else stays. */
export class Node {
  readonly #database: Database;
  readonly #leaseMs: number;
  readonly #facts: Omit<NodeIdentity, "id">;
  #id = randomUUIDv7();
  /** Since when the lease has had no gap, by the monotonic clock. */
  #steadySinceMs = performance.now();
  #runsUntilMs = -Infinity;

  private constructor(options: NodeOptions, processStart: string | null) {
    this.#database = options.database;
    this.#leaseMs = options.leaseMs;
    this.#facts = {
      host: hostname(),
      pid: process.pid,
      processStart,
      version: VERSION,
      concurrency: options.concurrency,
      configFile: options.configFile,
      role: options.role,
    };
  }

  /** Registers this process with a lease. */
  static async register(options: NodeOptions): Promise<Node> {
    const node = new Node(options, await processIdentity(process.pid));
    const sentAtMs = monotonicMs();
    await registerNode(
      node.#database,
      { ...node.#facts, id: node.#id },
      { leaseMs: node.#leaseMs },
    );
    node.#holdFrom(sentAtMs);
    return node;
  }

  get id(): string {
    return this.#id;
  }

  /**
   * Time until the lease was kept for one whole length of it without a gap; 0: it was. After an outage,
   * or a jump of the server's clock, every lease has run out: the first node to come back must not
   * judge the others before they had time to renew theirs.
   */
  get steadyInMs(): number {
    return Math.max(0, this.#steadySinceMs + this.#leaseMs - performance.now());
  }

  /** Until when runs may go on by the lease, in ms of the clock that launchers share. */
  get runsUntilMs(): number {
    return this.#runsUntilMs;
  }

  /** Whether a run that begins now has time: one that is claimed on a lease that is over is lost. */
  get mayStart(): boolean {
    return monotonicMs() < this.#runsUntilMs - this.#leaseMs * LEAST_PART;
  }

  /**
   * The lease was prolonged by what was sent at that instant, earlier than which it cannot end plus its
   * length; `lapsed`: after it had run out.
   */
  renewed({ lapsed, sentAtMs }: { lapsed: boolean; sentAtMs: number }): void {
    if (lapsed) this.#steadySinceMs = performance.now();
    this.#holdFrom(sentAtMs);
  }

  /** A new life after the old one was declared dead. */
  async rebirth(): Promise<void> {
    const id = randomUUIDv7();
    const sentAtMs = monotonicMs();
    await registerNode(
      this.#database,
      { ...this.#facts, id },
      { leaseMs: this.#leaseMs, formerId: this.#id },
    );
    this.#id = id;
    this.#steadySinceMs = performance.now();
    this.#holdFrom(sentAtMs);
  }

  /** Shows that it takes nothing new. */
  async drain(): Promise<void> {
    await drainNode(this.#database, this.#id);
  }

  /** Leaves. */
  async stop(): Promise<void> {
    await stopNode(this.#database, this.#id);
  }

  #holdFrom(sentAtMs: number): void {
    this.#runsUntilMs = sentAtMs + this.#leaseMs - SAFETY_MS;
  }
}
