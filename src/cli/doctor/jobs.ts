import type { DoctorJobFacts } from "../../store/doctor-facts.ts";
import type { DoctorFinding } from "../../views/doctor.ts";
import { findingsOf, someOf } from "./finding.ts";

const { ok, hint, wrong } = findingsOf("jobs");

const OLD_DAYS = 30;

/** `clockLives`: somebody is there who should see to what is due. */
export function checkJobs(
  facts: DoctorJobFacts,
  { clockLives }: { clockLives: boolean },
): DoctorFinding[] {
  const found = [
    ...checkCrashed(facts),
    ...checkPaused(facts),
    ...checkLate(facts, clockLives),
    ...checkOverrides(facts),
  ];
  const { disabled } = facts;
  const resting = disabled === 0 ? "" : `; disabled: ${disabled}`;
  return found.length > 0 ? found : [ok("jobs", `none is crashed, paused or late${resting}`)];
}

export function checkCrashed({ crashed }: Pick<DoctorJobFacts, "crashed">): DoctorFinding[] {
  return crashed.map(({ name, error }) =>
    wrong(
      "jobs-crashed",
      `${name} crashed: ${error}`,
      `mend its code; cronverge why ${name} says more`,
    ),
  );
}

export function checkPaused({ paused }: Pick<DoctorJobFacts, "paused">): DoctorFinding[] {
  return paused.map((name) =>
    wrong(
      "jobs-paused",
      `${name} is paused after its failures`,
      `cronverge jobs history --job ${name} shows them; to go on: cronverge jobs enable ${name}`,
    ),
  );
}

/** While nobody keeps the clock, everything is late, and that is said of the nodes. */
export function checkLate(
  { overdue, waiting }: Pick<DoctorJobFacts, "overdue" | "waiting">,
  clockLives: boolean,
): DoctorFinding[] {
  if (!clockLives) return [];
  const found: DoctorFinding[] = [];
  if (overdue > 0) {
    const message = `${overdue} ${overdue === 1 ? "job is" : "jobs are"} past the due time by more than a minute`;
    found.push(wrong("jobs-overdue", message, "see the output of cronverge up for problems"));
  }
  if (waiting > 0) {
    const message = `${waiting} ${waiting === 1 ? "execution waits" : "executions wait"} for a free slot for more than a minute`;
    const help = "raise node: concurrency, start another node, or see what runs: cronverge status";
    found.push(hint("jobs-waiting", message, help));
  }
  return found;
}

export function checkOverrides({ overrides }: Pick<DoctorJobFacts, "overrides">): DoctorFinding[] {
  const old = overrides.filter(({ days }) => days >= OLD_DAYS);
  if (old.length === 0) return [];
  const shown = old.map(({ name, by, days }) => `${name} (by ${by}, ${days} days ago)`);
  const help = "write it into the config, or take it back: cronverge jobs enable or disable NAME";
  return [hint("jobs-overrides", `overridden by hand for long: ${someOf(shown)}`, help)];
}

/** Rules of time zones that this Node has, and those by which next runs were computed. */
export function checkZoneData(kept: string | null, own: string | undefined): DoctorFinding[] {
  if (kept === null || own === undefined || kept === own) return [];
  if (own > kept) {
    const message = `this Node knows newer rules of time zones (${own}) than next runs follow (${kept})`;
    return [
      hint("jobs-zone-data", message, "a scheduler on this Node follows them when it starts"),
    ];
  }
  const message = `this Node has older rules of time zones (${own}) than next runs follow (${kept})`;
  return [hint("jobs-zone-data", message, "upgrade Node here, so that all nodes agree")];
}
