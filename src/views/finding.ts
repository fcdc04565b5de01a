import type { Diagnostic } from "../model/diagnostic.ts";
import { printable } from "./printable.ts";

/** A diagnostic, or what a reviewer should look at though nothing is wrong with it. */
export interface Finding extends Omit<Diagnostic, "severity"> {
  severity: Diagnostic["severity"] | "note";
}

/** The message, and its remedy on a line of its own. */
export function findingText({ message, help }: Finding): string {
  const said = printable(message);
  return help === null ? said : `${said}\nhelp: ${printable(help)}`;
}
