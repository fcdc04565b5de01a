import type { SchedulerError } from "../model/errors.ts";
import type { Paint } from "../views/paint.ts";

/** The kinds of results, in the seeds' words. */
export type ArtifactType = "table" | "list" | "presentation_card" | "text";

/** What a view needs to know of where it is shown. */
export interface TextOptions {
  color: Paint;
  /** Columns of the terminal; 100 where it is not known. */
  width: number;
}

/** What a command has to say: one document for programs, and the same as text for people. */
export interface CommandResult {
  /** Field names are in snake case, instants ISO 8601 in UTC. */
  data: object;
  artifactType: ArtifactType;
  title: string;
  /** Ends in a line feed. */
  text: (options: TextOptions) => string;
  /** 0 unless said otherwise. */
  exitCode?: number;
  /** A failure that has a result; it decides the exit code. */
  error?: SchedulerError;
}
