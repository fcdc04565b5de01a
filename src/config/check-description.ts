import type { JobView } from "./context.ts";
import { warningAt, type PathFinding } from "./place.ts";

/** A job of which neither the file nor its code says what it is for. */
export function checkDescription({ name, job, declared, handler, path }: JobView): PathFinding[] {
  const described = job.description ?? declared.description ?? "";
  if (described.trim() !== "" || handler?.type === "builtin") return [];
  return [
    warningAt(path, {
      rule: "job/description",
      message: `nothing says what \`${name}\` is for`,
      help: "write `description: …`: who reads the plan, and who is woken by a failure, will know",
      part: "key",
    }),
  ];
}
