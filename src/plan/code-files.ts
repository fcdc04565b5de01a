/** One file of a job's code that differs, by how many of its lines. */
export interface CodeFile {
  /** Relative to the root of the repository. */
  file: string;
  added: number;
  removed: number;
}
