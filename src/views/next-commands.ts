import type { Paint } from "./paint.ts";
import { renderFields } from "./table.ts";

/** Something to type, with what it is good for. */
export interface NextCommand {
  purpose: string;
  command: string;
}

/** What to type next, below a line that says so. */
export function commandsText(commands: readonly NextCommand[], color: Paint): string {
  const fields = commands.map(({ purpose, command }) => [purpose, command] as const);
  const plain: Paint = (_, text) => text;
  const lines = renderFields(fields, { color: plain, indent: "  " });
  return `${color("bold", "What to type next")}\n${lines}`;
}

/** An instant as an argument, without the milliseconds where there are none. */
export function instantArgument(instant: string): string {
  return instant.replace(".000Z", "Z");
}
