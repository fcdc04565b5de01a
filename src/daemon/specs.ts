import type { JobSpec } from "../model/job.ts";
import type { Database } from "../store/connection.ts";
import { readSpecsByHash } from "../store/claims.ts";

/** More than any node runs between two edits of most of its jobs. */
const KEPT = 20_000;

/** Specs by hash. A spec never changes under its hash, so what was read once stays right. */
export class SpecCache {
  readonly #database: Database;
  readonly #specs = new Map<string, JobSpec>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Reads those of `hashes` that are not known yet, in one query. */
  async load(hashes: string[]): Promise<void> {
    const missing = [...new Set(hashes)].filter((hash) => !this.#specs.has(hash));
    if (missing.length === 0) return;
    if (this.#specs.size + missing.length > KEPT) this.#specs.clear();
    for (const [hash, spec] of await readSpecsByHash(this.#database, missing)) {
      this.#specs.set(hash, spec);
    }
  }

  /** Null: no job has that spec any more. */
  async get(hash: string): Promise<JobSpec | null> {
    await this.load([hash]);
    return this.#specs.get(hash) ?? null;
  }
}
