import { errorMessage } from "../model/errors.ts";
import { joinProgram } from "../source/bundle.ts";
import { readCode } from "../store/claims.ts";
import type { Database } from "../store/connection.ts";

/** The program files of job versions: the author's code joined with the host that runs it. */
export class Programs {
  readonly #database: Database;
  readonly #stateDir: string;
  readonly #files = new Map<string, Promise<string>>();

  constructor(options: { database: Database; stateDir: string }) {
    this.#database = options.database;
    this.#stateDir = options.stateDir;
  }

  /** The absolute path of the version's program, made on first use. A version's code never changes. */
  async fileOf(versionId: string): Promise<string> {
    const known = this.#files.get(versionId);
    if (known !== undefined) return known;
    const file = this.#make(versionId);
    this.#files.set(versionId, file);
    file.catch(() => this.#files.delete(versionId));
    return file;
  }

  async #make(versionId: string): Promise<string> {
    const code = await readCode(this.#database, versionId);
    if (code === null) throw new Error("the code of this version is no longer in the database");
    try {
      return await joinProgram({ ...code, stateDir: this.#stateDir });
    } catch (error) {
      throw new Error(`the code cannot be made into a program: ${errorMessage(error)}`, {
        cause: error,
      });
    }
  }
}
