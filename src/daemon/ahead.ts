import { randomUUIDv7 } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { Database } from "../store/connection.ts";
import type { ClockPlace, DueJob } from "../store/clock.ts";
import { readComing } from "../store/clock.ts";
import { computeJob, MAX_COMPUTING_MS } from "./occurrences.ts";
import type { JobPass } from "./occurrences.ts";
import type { SpecCache } from "./specs.ts";

/** So long before it is due a job is read, and what is to be recorded of it computed. */
export const AHEAD_MS = 2_000;
/** Jobs of one reading: computing them keeps the process busy for some ms. */
const PAGE = 1_000;
/** What is beyond that is read when it is due: a bound on memory, of about 20 MB. */
const MAX_KEPT = 10_000;
/** What could not be recorded for so long is read once more, before it counts as missed. */
const MAX_LATE_MS = 5_000;
/** What the two clocks of a machine may differ by in one look, unless it slept or was set. */
const MAX_DRIFT_MS = 200;

/**
 * What will be due soon, so that at its instant nothing is left but to record it. It may be wrong
 * at any time, and costs nothing then: the record compares, and whatever is due is also read.
 */
export class Ahead {
  readonly #database: Database;
  readonly #specs: SpecCache;
  /** The first to be due first. */
  #passes: JobPass[] = [];
  #readTo: ClockPlace = { nextEffective: new Date(0), jobId: "" };
  #server: ServerTime | null = null;

  constructor({ database, specs }: { database: Database; specs: SpecCache }) {
    this.#database = database;
    this.#specs = specs;
  }

  /** The server's clock, as it was read. */
  setClock(now: Date, readAtMs: number): void {
    const offsetMs = now.getTime() - readAtMs;
    this.#server = { offsetMs, driftMs: Date.now() - performance.now() };
  }

  /** Ms until the first of them is due; Infinity: there are none. */
  untilDueMs(): number {
    const nowMs = this.#nowMs();
    const [first] = this.#passes;
    return first === undefined ? Infinity : dueMsOf(first) - nowMs;
  }

  /** At most `limit` of those that are due by now, with the server's time. Each is given once. */
  take(limit: number): { passes: JobPass[]; now: Date } {
    const nowMs = this.#nowMs();
    const passes: JobPass[] = [];
    let taken = 0;
    for (const pass of this.#passes) {
      if (passes.length === limit || dueMsOf(pass) > nowMs) break;
      taken += 1;
      if (isOf(nowMs, pass)) passes.push(pass);
    }
    this.#passes.splice(0, taken);
    // Made now, because ids are in the order of what happens.
    for (const row of passes.flatMap(({ rows }) => rows)) row.id = randomUUIDv7();
    return { passes, now: new Date(nowMs) };
  }

  /** What was taken and not recorded, in its order. */
  putBack(passes: readonly JobPass[]): void {
    this.#passes.unshift(...passes);
  }

  /** Reads and computes more of what will be due; false: there is nothing more for now. */
  async read(): Promise<boolean> {
    const limit = Math.min(PAGE, MAX_KEPT - this.#passes.length);
    if (limit <= 0 || this.#server === null) return false;
    const after = this.#readTo;
    const jobs = await readComing(this.#database, { withinMs: AHEAD_MS, after, limit });
    const last = jobs.at(-1);
    if (last === undefined) return false;
    await this.#specs.load(jobs);
    const untilMs = performance.now() + MAX_COMPUTING_MS;
    for (const job of jobs) {
      const pass = this.#compute(job);
      if (pass !== null) this.#passes.push(pass);
      this.#readTo = { nextEffective: job.nextEffective, jobId: job.jobId };
      if (job !== last && performance.now() > untilMs) return true;
    }
    return jobs.length === limit;
  }

  /** As if it were that instant. Null: its mistake is told when it is due. */
  #compute(job: DueJob): JobPass | null {
    const spec = this.#specs.peek(job.specHash);
    try {
      return spec && computeJob({ job, spec, now: job.nextEffective });
    } catch {
      return null;
    }
  }

  #nowMs(): number {
    if (this.#server === null) return -Infinity;
    const { offsetMs, driftMs } = this.#server;
    // The machine slept, which the monotonic clock does not count, or somebody set its clock.
    if (Math.abs(Date.now() - performance.now() - driftMs) > MAX_DRIFT_MS) this.#passes = [];
    return performance.now() + offsetMs;
  }
}

interface ServerTime {
  /** Above `performance.now()`. */
  offsetMs: number;
  /** Of `Date.now()` above `performance.now()` at the reading. */
  driftMs: number;
}

function dueMsOf({ move }: JobPass): number {
  return move.job.nextEffective.getTime();
}

/** Whether what was computed is what would be computed now, once it is due. */
function isOf(nowMs: number, pass: JobPass): boolean {
  const { newNextEffective } = pass.move;
  if (nowMs - dueMsOf(pass) > MAX_LATE_MS) return false;
  return newNextEffective === null || newNextEffective.getTime() > nowMs;
}
