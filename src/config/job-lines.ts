import { jobKey } from "../model/job.ts";
import { LineTable } from "./place.ts";
import { entriesAt } from "./region.ts";

/** Lines of a file, 1-based, both inclusive. */
export interface LineRange {
  from: number;
  to: number;
}

/** Where a job stands in the text of its config file. */
export interface JobLines extends LineRange {
  /** As the file spells it. */
  name: string;
  /** Each key of the job, in the order of the file; the first is the job's name itself. */
  keys: (LineRange & { key: string })[];
}

/** Finds a job in the text of a config file, which may have mistakes; null where it has none such. */
export function findJobLines(text: string, name: string): JobLines | null {
  const job = entriesAt(text, ["jobs"]).find(({ key }) => jobKey(key) === jobKey(name));
  if (job === undefined) return null;
  const lines = new LineTable("", text);
  const range = ({ start, end }: { start: number; end: number }): LineRange => ({
    from: lines.at(start).line,
    // The end is exclusive, and that of a block of text is on the line below it.
    to: lines.at(Math.max(start, end - 1)).line,
  });
  const whole = range(job.span);
  const keys = entriesAt(text, ["jobs", job.key]).map(({ key, span }) => ({ key, ...range(span) }));
  return {
    name: job.key,
    ...whole,
    keys: [{ key: job.key, from: whole.from, to: whole.from }, ...keys],
  };
}

/** The names of the jobs that the text of a config file declares. */
export function declaredNames(text: string): string[] {
  return entriesAt(text, ["jobs"]).map(({ key }) => key);
}
