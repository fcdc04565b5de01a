import type { SchedulerConfig } from "../model/config.generated.ts";
import { jobKey } from "../model/job.ts";
import { errorAt, type PathFinding } from "./place.ts";

/** A former name that cannot be one: it is still in use, or two jobs claim it. */
export function checkRenames(config: SchedulerConfig): PathFinding[] {
  const renames = Object.entries(config.jobs).flatMap(([name, { renamed_from: former }]) =>
    former === undefined ? [] : [{ name, former }],
  );
  if (renames.length === 0) return [];
  const declared = new Map(Object.keys(config.jobs).map((name) => [jobKey(name), name]));
  const claimed = new Map<string, string>();
  const findings: PathFinding[] = [];
  for (const { name, former } of renames) {
    const key = jobKey(former);
    const problem = problemOf(name, { former, owner: declared.get(key), rival: claimed.get(key) });
    if (!claimed.has(key)) claimed.set(key, name);
    if (problem === null) continue;
    const path = ["jobs", name, "renamed_from"];
    findings.push(errorAt(path, { rule: "config/renamed-from", ...problem }));
  }
  return findings;
}

function problemOf(
  name: string,
  given: { former: string; owner: string | undefined; rival: string | undefined },
): { message: string; help: string } | null {
  const { former, owner, rival } = given;
  if (jobKey(former) === jobKey(name)) {
    const same = former === name ? "" : ": - and _ do not differ in names";
    return {
      message: `\`${former}\` is the job's own name${same}`,
      help: "remove the key, or give the name that the job had before",
    };
  }
  if (owner !== undefined) {
    return {
      message: `\`${owner}\` is still declared, so \`${name}\` cannot go on with its history`,
      help: `remove the job \`${owner}\`, or this key if \`${name}\` is a new job`,
    };
  }
  if (rival === undefined) return null;
  return {
    message: `\`${rival}\` is renamed from \`${former}\` already, and a history has one job`,
    help: "keep the key in one of the two; the other is a new job",
  };
}
