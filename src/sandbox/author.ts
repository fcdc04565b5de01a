/** What `import … from "cronverge"` means in job code. */
import type { DeclaredSchedule } from "../model/plugin.ts";
import type { JobContext } from "./job-context.ts";

export type { Database, JobContext, JobLogger, Sql, SqlValue } from "./job-context.ts";

/** A job that says something of itself; what the config file says goes before it. */
export interface JobDefinition {
  /** The same as the name of its file. */
  name?: string;
  description?: string;
  /** Used where the config file gives none. */
  schedule?: DeclaredSchedule;
  enabled?: boolean;
  /** Returns nothing, a `JobResult`, or any JSON value. Throwing is a failure. */
  execute(context: JobContext): unknown;
}

/**
 * Names a job's parts and checks their types. The values must be literals: they are read without
 * running the code.
 */
export function defineJob<Definition extends JobDefinition>(definition: Definition): Definition {
  return definition;
}

/** How a run ended, in the job's own words. Each `with…` returns a new one. */
export class JobResult {
  readonly success: boolean;
  readonly message: string | null;
  readonly itemsProcessed: number | null;
  readonly itemsFailed: number | null;
  readonly durationMs: number | null;

  private constructor(fields: ResultFields) {
    this.success = fields.success;
    this.message = fields.message;
    this.itemsProcessed = fields.itemsProcessed;
    this.itemsFailed = fields.itemsFailed;
    this.durationMs = fields.durationMs;
  }

  static success(): JobResult {
    return new JobResult({ success: true, ...NOTHING_SAID });
  }

  static failure(message: string): JobResult {
    return new JobResult({ success: false, ...NOTHING_SAID, message });
  }

  withMessage(message: string): JobResult {
    return new JobResult({ ...this.#fields(), message });
  }

  withStats(itemsProcessed: number, itemsFailed: number): JobResult {
    return new JobResult({ ...this.#fields(), itemsProcessed, itemsFailed });
  }

  withDuration(durationMs: number): JobResult {
    return new JobResult({ ...this.#fields(), durationMs });
  }

  #fields(): ResultFields {
    const { success, message, itemsProcessed, itemsFailed, durationMs } = this;
    return { success, message, itemsProcessed, itemsFailed, durationMs };
  }
}

interface ResultFields {
  success: boolean;
  message: string | null;
  itemsProcessed: number | null;
  itemsFailed: number | null;
  durationMs: number | null;
}

const NOTHING_SAID = { message: null, itemsProcessed: null, itemsFailed: null, durationMs: null };
