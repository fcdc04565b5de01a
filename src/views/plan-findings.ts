import type { Diagnostic } from "../model/diagnostic.ts";
import type { Change } from "../plan/change.ts";
import type { Plan } from "../plan/plan.ts";
import { reviewSecurity } from "../plan/security.ts";

export const WIDENED_RULE = "plan/widened-permission";
export const GRANTED_RULE = "plan/new-grant";
export const REFUSED_RULE = "plan/prune-guard";

/**
 * What a plan has to be warned of, as findings in the files: its refusal, each permission that is
 * wider, each that a new job is granted. `file` is the config, for what has no better place.
 */
export function planFindings(plan: Plan, file: string): Diagnostic[] {
  const { refusal, changes } = plan;
  const refused: Diagnostic[] =
    refusal === null
      ? []
      : [{ severity: "error", rule: REFUSED_RULE, ...refusal, ...placeOf(null, file) }];
  const widened = changes.flatMap((change) => widenings(change, file));
  const granted = changes
    .filter(({ before, after }) => before === null && after !== null)
    .flatMap((change) => grants(change, file));
  const redirected = reviewSecurity(plan).redirected.map(({ name }) => redirection(name, file));
  return [...refused, ...redirected, ...widened, ...granted];
}

function redirection(name: string, file: string): Diagnostic {
  return {
    severity: "warning",
    rule: WIDENED_RULE,
    message: `jobs that are granted the database \`${name}\` reach another one than before`,
    help: null,
    ...placeOf(null, file),
  };
}

function widenings(change: Change, file: string): Diagnostic[] {
  return change.widened.map((phrase) => ({
    severity: "warning",
    rule: WIDENED_RULE,
    message: `job \`${change.name}\` may do more than before: ${phrase}`,
    help: null,
    ...placeOf(change, file),
  }));
}

function grants(change: Change, file: string): Diagnostic[] {
  return change.granted.map((phrase) => ({
    severity: "warning",
    rule: GRANTED_RULE,
    message: `new job \`${change.name}\` may do more than compute: ${phrase}`,
    help: null,
    ...placeOf(change, file),
  }));
}

function placeOf(
  change: Change | null,
  file: string,
): Pick<Diagnostic, "file" | "line" | "column" | "endLine" | "endColumn"> {
  const place = change?.place ?? null;
  if (place === null) return { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const { line, column } = place;
  const endColumn = column + (change?.name.length ?? 0);
  return { file: place.file, line, column, endLine: line, endColumn };
}
