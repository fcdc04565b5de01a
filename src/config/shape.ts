import type { SchedulerConfig } from "../model/config.generated.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { MAX_VIOLATIONS, shapeFindings } from "./errors.ts";
import { limitFindings } from "./limit.ts";
import type { Path, PathFinding } from "./place.ts";
import { rootSchema } from "./schema.ts";
import { validate } from "./validator.generated.js";
import { pathOf } from "./violations.ts";

/** What the schema says of a config. */
export interface Shape {
  findings: PathFinding[];
  /** The config without what is wrong in it; null when nothing remains. */
  config: SchedulerConfig | null;
  /** Paths of what was taken out. */
  removed: Path[];
}

/**
 * Holds a value against the schema. What is wrong is taken out, so that the meaning of all the
 * rest can be checked in the same go: one mistake does not hide another.
 */
export function checkShape(value: JsonObject): Shape {
  if (validate(value)) return { findings: [], config: value, removed: [] };
  const subject = { value, schema: rootSchema(), base: [] };
  const errors = validate.errors ?? [];
  const all = shapeFindings(errors, subject);
  const findings = limitFindings(all);
  const removed = all.map(({ remove }) => remove);
  // Of a file that is mostly wrong there is no rest whose meaning would be of use.
  if (errors.length > MAX_VIOLATIONS) return { findings, config: null, removed };
  return { findings, config: salvage(structuredClone(value), removed), removed };
}

/** Taking one thing out can leave another wrong (an empty list), hence the rounds. */
function salvage(value: JsonObject, removed: Path[]): SchedulerConfig | null {
  let wrong = removed;
  for (let round = 0; round < 5; round += 1) {
    if (wrong.some((path) => path.length === 0)) return null;
    // From the back, so that the indexes of a list stay right.
    for (const path of [...wrong].sort(comparePaths).reverse()) remove(value, path);
    if (validate(value)) return value;
    wrong = (validate.errors ?? []).map(({ instancePath }) => pathOf(instancePath, value));
  }
  return null;
}

function remove(root: JsonValue, path: Path): void {
  let parent: JsonValue | undefined = root;
  for (const segment of path.slice(0, -1)) {
    if (Array.isArray(parent)) parent = parent[Number(segment)];
    else if (typeof parent === "object" && parent !== null) parent = parent[segment];
    else return;
  }
  const last = path.at(-1);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (typeof parent === "object" && parent !== null) delete parent[String(last)];
}

function comparePaths(a: Path, b: Path): number {
  for (const [depth, segment] of a.entries()) {
    const other = b[depth];
    if (other === undefined) return 1;
    if (segment === other) continue;
    if (typeof segment === "number" && typeof other === "number") return segment - other;
    return String(segment) < String(other) ? -1 : 1;
  }
  return a.length - b.length;
}
