import type { WaitingItem } from "./explain-data.ts";
import type { Paint } from "./paint.ts";
import { renderFields } from "./table.ts";

/** Something to type, with what it is good for. */
export interface NextCommand {
  purpose: string;
  command: string;
}

/** The one that brings who is missing: a node that keeps the clock, or one that runs jobs; null where neither is. */
export function startCommand(missing: WaitingItem["for"] | null): NextCommand | null {
  if (missing === "scheduler") return { purpose: "start a scheduler", command: "cronverge up" };
  if (missing !== "worker") return null;
  return { purpose: "start a node that runs jobs", command: "cronverge up --role worker" };
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
