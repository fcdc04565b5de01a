/** `a, b, c and 4 more`: as many as people read. */
export function listed(names: readonly string[], most: number): string {
  // To say "and 1 more" is no shorter than to name it.
  if (names.length <= most + 1) {
    const last = names.at(-1) ?? "";
    return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
  }
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}
