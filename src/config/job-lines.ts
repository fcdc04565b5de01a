import { jobKey } from "../model/job.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { LineTable } from "./place.ts";
import { entriesAt, readRegion } from "./region.ts";

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

/** What the text of a config file says at a glance, its mistakes left aside. */
export interface Glance {
  /** The directory of job code as it is written; null where the file is silent. */
  plugins: string | null;
  jobs: { name: string; description: string; plugin: string | null }[];
}

/** Reads of the text of a config file what can be read without checking anything. */
export function glanceAt(text: string): Glance {
  const config = asObject(readRegion(text).value);
  const jobs = Object.entries(asObject(config["jobs"])).map(([name, value]) => {
    const job = asObject(value);
    const [plugin = null] = asText(job["plugin"])?.split("#") ?? [];
    return { name, description: asText(job["description"]) ?? "", plugin };
  });
  return { plugins: asText(config["plugins"]), jobs };
}

function asObject(value: JsonValue | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

function asText(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}
