/** The message of a run with what else is to be known of it; null: nothing was said. */
export function withWarnings(
  message: string | null,
  warnings: readonly (string | null)[],
): string | null {
  const told = warnings.filter((warning) => warning !== null);
  const parts = [message, ...told.map((warning) => `warning: ${warning}`)];
  return parts.filter((part) => part !== null).join("; ") || null;
}
