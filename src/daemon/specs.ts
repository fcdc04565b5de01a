import type { JobSpec } from "../model/job.ts";
import type { Database } from "../store/connection.ts";
import { readSpecsByHash, readSpecsOfJobs } from "../store/specs.ts";

/** More than any node runs between two edits of most of its jobs. */
const KEPT = 20_000;

/** Specs by hash. A spec never changes under its hash, so what was read once stays right. */
export class SpecCache {
  readonly #database: Database;
  readonly #specs = new Map<string, JobSpec>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Reads the specs of those jobs whose hashes are not known yet, in one query. */
  async load(jobs: readonly { jobId: string; specHash: string }[]): Promise<void> {
    const missing = jobs.filter(({ specHash }) => !this.#specs.has(specHash));
    if (missing.length === 0) return;
    const ids = [...new Set(missing.map(({ jobId }) => jobId))];
    this.#keep(await readSpecsOfJobs(this.#database, ids));
  }

  /** What was loaded; null: the job has another one by now, or it was put away. */
  peek(hash: string): JobSpec | null {
    return this.#specs.get(hash) ?? null;
  }

  /** Null: no job has that spec any more. */
  async get(hash: string): Promise<JobSpec | null> {
    if (!this.#specs.has(hash)) this.#keep(await readSpecsByHash(this.#database, [hash]));
    return this.peek(hash);
  }

  /** The oldest make room. */
  #keep(found: ReadonlyMap<string, JobSpec>): void {
    for (const [hash, spec] of found) this.#specs.set(hash, spec);
    for (const hash of this.#specs.keys()) {
      if (this.#specs.size <= KEPT) break;
      this.#specs.delete(hash);
    }
  }
}
