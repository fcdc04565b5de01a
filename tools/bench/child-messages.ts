import type { ConnectionAddress } from "../../src/store/connection.ts";

/** What a measured process is told, as its one argument. */
export interface ChildTask {
  contender: Contender;
  address: ConnectionAddress;
  /** Executions at a time. */
  concurrency: number;
}

/** Whose executions a process runs. */
export type Contender = "cronverge" | "least" | "pg-boss" | "pg-boss, each job" | "graphile-worker";

/** What a measured process is asked. `record`: Cronverge alone; record what is due, run nothing. */
export type ChildRequest = "record" | "run" | "stop";

/** What a measured process tells. */
export type ChildReport =
  | { type: "ready" }
  /** How many executions began so far, and when the first did, in ms since the epoch. */
  | { type: "runs"; count: number; firstMs: number };
