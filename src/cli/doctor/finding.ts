import type { DoctorArea, DoctorFinding } from "../../views/doctor.ts";

/** What the checks of one area say. */
export interface Says {
  ok: (check: string, message: string) => DoctorFinding;
  hint: (check: string, message: string, help: string) => DoctorFinding;
  wrong: (check: string, message: string, help: string | null) => DoctorFinding;
}

export function findingsOf(area: DoctorArea): Says {
  return {
    ok: (check, message) => ({ area, check, level: "ok", message, help: null }),
    hint: (check, message, help) => ({ area, check, level: "hint", message, help }),
    wrong: (check, message, help) => ({ area, check, level: "wrong", message, help }),
  };
}

/** A few names, and how many there are beside them. */
export function someOf(names: readonly string[], most = 5): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(", ")} and ${more} more` : names.join(", ");
}
