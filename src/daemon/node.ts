import { randomUUIDv7 } from "node:crypto";
import { hostname } from "node:os";
import { performance } from "node:perf_hooks";
import type { NodeRole } from "../model/node-role.ts";
import type { Database } from "../store/connection.ts";
import type { NodeIdentity } from "../store/nodes.ts";
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

/** This process as a node: its id changes when a lease is lost, everything else stays. */
export class Node {
  readonly #database: Database;
  readonly #leaseMs: number;
  readonly #facts: Omit<NodeIdentity, "id">;
  #id = randomUUIDv7();
  /** Since when the lease has had no gap, by the monotonic clock. */
  #steadySinceMs = performance.now();

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
    await registerNode(
      node.#database,
      { ...node.#facts, id: node.#id },
      { leaseMs: node.#leaseMs },
    );
    return node;
  }

  get id(): string {
    return this.#id;
  }

  /**
   * Whether the lease was kept for one whole length of it without a gap. After an outage, or a jump
   * of the server's clock, every lease has run out: the first node to come back must not judge the
   * others before they had time to renew theirs.
   */
  get isSteady(): boolean {
    return performance.now() - this.#steadySinceMs >= this.#leaseMs;
  }

  /** The lease was prolonged; `lapsed`: after it had run out. */
  renewed({ lapsed }: { lapsed: boolean }): void {
    if (lapsed) this.#steadySinceMs = performance.now();
  }

  /** A new life after the old one was declared dead. */
  async rebirth(): Promise<void> {
    const id = randomUUIDv7();
    await registerNode(
      this.#database,
      { ...this.#facts, id },
      { leaseMs: this.#leaseMs, formerId: this.#id },
    );
    this.#id = id;
    this.#steadySinceMs = performance.now();
  }

  /** Shows that it takes nothing new. */
  async drain(): Promise<void> {
    await drainNode(this.#database, this.#id);
  }

  /** Leaves. */
  async stop(): Promise<void> {
    await stopNode(this.#database, this.#id);
  }
}
