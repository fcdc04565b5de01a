import { randomUUIDv7 } from "node:crypto";
import { hostname } from "node:os";
import type { Database } from "../store/connection.ts";
import type { NodeIdentity } from "../store/nodes.ts";
import { processStartTime } from "../execute/probe.ts";
import { registerNode, setNodeState } from "../store/nodes.ts";
import { VERSION } from "../model/version.ts";

/** This process as a node: its id changes when a lease is lost, everything else stays. */
export class Node {
  readonly #database: Database;
  readonly #leaseMs: number;
  readonly #facts: Omit<NodeIdentity, "id">;
  #id = randomUUIDv7();

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
    const node = new Node(options, await processStartTime(process.pid));
    await registerNode(node.#database, { ...node.#facts, id: node.#id }, node.#leaseMs);
    return node;
  }

  get id(): string {
    return this.#id;
  }

  /** A new life after the old one was declared dead. */
  async rebirth(): Promise<void> {
    const id = randomUUIDv7();
    await registerNode(this.#database, { ...this.#facts, id }, this.#leaseMs);
    this.#id = id;
  }

  async leave(state: "draining" | "stopped"): Promise<void> {
    await setNodeState(this.#database, this.#id, state);
  }
}

export interface NodeOptions {
  database: Database;
  leaseMs: number;
  concurrency: number;
  configFile: string | null;
  role: "all" | "once";
}
