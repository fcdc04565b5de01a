import type { Change } from "../plan/change.ts";
import type { Plan } from "../plan/plan.ts";
import type { Recoded } from "../plan/security.ts";
import type { Finding } from "./finding.ts";
import { maskedReview } from "./mask.ts";
import { recodedTexts } from "./plan-security.ts";
import { settingName } from "./plan-settings.ts";

export const WIDENED_RULE = "plan/widened-permission";
export const GRANTED_RULE = "plan/new-grant";
export const RECODED_RULE = "plan/other-code";
export const REFUSED_RULE = "plan/prune-guard";

/**
 * What a plan has to be warned of, as findings in the files: its refusal, each permission that is
 * wider, each that a new job is granted; and each job that runs something else. `file` is the config,
 * for what has no better place.
 */
export function planFindings(plan: Plan, file: string): Finding[] {
  const { refusal, changes } = plan;
  const review = maskedReview(plan);
  const refused: Finding[] =
    refusal === null
      ? []
      : [{ severity: "error", rule: REFUSED_RULE, ...refusal, ...placeOf(null, file) }];
  const wider = changes.flatMap((change) => widened(change, file));
  const granted = changes
    .filter(({ before, after }) => before === null && after !== null)
    .flatMap((change) => grants(change, file));
  const elsewhere = review.elsewhere.map((change) => led(settingName(change), file));
  const redirected = review.redirected.map(({ name }) => redirection(name, file));
  const byName = new Map(changes.map((change) => [change.name, change]));
  const recoded = review.recoded.map((entry) =>
    otherCode(entry, placeOf(byName.get(entry.name) ?? null, file)),
  );
  return [...refused, ...elsewhere, ...redirected, ...wider, ...granted, ...recoded];
}

function led(setting: string, file: string): Finding {
  return warning(placeOf(null, file), {
    rule: WIDENED_RULE,
    message: `\`${setting}\` leads the scheduler itself elsewhere than before`,
  });
}

function redirection(name: string, file: string): Finding {
  return warning(placeOf(null, file), {
    rule: WIDENED_RULE,
    message: `jobs that are granted the database \`${name}\` reach another one than before`,
  });
}

function widened(change: Change, file: string): Finding[] {
  const said = `job \`${change.name}\` may do more than before`;
  return change.widened.map((phrase) =>
    warning(placeOf(change, file), { rule: WIDENED_RULE, message: `${said}: ${phrase}` }),
  );
}

function grants(change: Change, file: string): Finding[] {
  const said = `new job \`${change.name}\` may do more than compute`;
  return change.granted.map((phrase) =>
    warning(placeOf(change, file), { rule: GRANTED_RULE, message: `${said}: ${phrase}` }),
  );
}

function warning(place: Place, found: Pick<Finding, "rule" | "message">): Finding {
  return { severity: "warning", ...found, help: null, ...place };
}

/** The code is not wrong, and nothing else on the page would lead a reviewer to it. */
function otherCode(recoded: Recoded, place: Place): Finding {
  return {
    severity: "note",
    rule: RECODED_RULE,
    message: `job \`${recoded.name}\` runs something else than before: ${recodedTexts(recoded).join(", ")}`,
    help: null,
    ...place,
  };
}

type Place = Pick<Finding, "file" | "line" | "column" | "endLine" | "endColumn">;

function placeOf(change: Change | null, file: string): Place {
  const place = change?.place ?? null;
  if (place === null) return { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const { line, column } = place;
  const endColumn = column + (change?.name.length ?? 0);
  return { file: place.file, line, column, endLine: line, endColumn };
}
