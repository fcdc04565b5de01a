import { JOB_FOLDER } from "./load-job.ts";
import type { JobFailure } from "./messages.ts";
import { shorten } from "./shorten.ts";

const MAX_FRAMES = 10;
const MAX_CAUSES = 5;

/** An error as data: its text with the frames of the job's own files, and what Node denied. */
export function jobFailure(stage: JobFailure["stage"], error: unknown): JobFailure {
  const chain = causes(error);
  const denied = chain.find((entry) => field(entry, "code") === "ERR_ACCESS_DENIED");
  const coded = denied ?? chain.find((entry) => field(entry, "code") !== null);
  return {
    stage,
    text: shorten(chain.map(errorText).join("\ncaused by: ")),
    code: field(coded, "code"),
    permission: field(denied, "permission"),
    resource: field(denied, "resource"),
  };
}

/** An error, its cause and the causes of that; the parts of an aggregate count as causes. */
function causes(error: unknown): unknown[] {
  const chain: unknown[] = [];
  const queue = [error];
  while (queue.length > 0 && chain.length < MAX_CAUSES) {
    const next = queue.shift();
    if (chain.includes(next)) continue;
    chain.push(next);
    if (next instanceof AggregateError) queue.push(...next.errors);
    if (next instanceof Error && next.cause !== undefined) queue.push(next.cause);
  }
  return chain;
}

function errorText(error: unknown): string {
  if (!(error instanceof Error)) return describe(error);
  const headline = `${error.name}: ${error.message}`;
  const frames = String(error.stack)
    .split("\n")
    .filter((line) => line.startsWith("    at ") && line.includes(JOB_FOLDER))
    .slice(0, MAX_FRAMES)
    .map((line) => line.replaceAll(`file://${JOB_FOLDER}`, "").replaceAll(JOB_FOLDER, ""));
  return [headline, ...frames].join("\n");
}

function describe(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

function field(error: unknown, name: string): string | null {
  if (typeof error !== "object" || error === null) return null;
  const value: unknown = Reflect.get(error, name);
  return typeof value === "string" && value !== "" ? value : null;
}
