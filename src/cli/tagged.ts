import { didYouMean } from "../config/suggest.ts";
import { SchedulerError } from "../model/errors.ts";

/**
 * Those that have one of the tags.
 *
 * @throws SchedulerError `job_not_found`: nobody has one of them, which was probably misspelt
 */
export function withTags<Tagged>(
  all: readonly Tagged[],
  { tags, tagsOf }: { tags: readonly string[]; tagsOf: (one: Tagged) => readonly string[] },
): Tagged[] {
  const known = new Set(all.flatMap(tagsOf));
  const unknown = tags.find((tag) => !known.has(tag));
  if (unknown !== undefined) {
    const help = didYouMean(unknown, [...known], "the tags are") ?? "no job has a tag";
    throw new SchedulerError("job_not_found", `No job has the tag '${unknown}'`, { help });
  }
  return all.filter((one) => tagsOf(one).some((tag) => tags.includes(tag)));
}
