import type { PlanSummary } from "../plan/plan.ts";

/** What a plan does to how many jobs: `1 to add`, `2 to change`, `0 to remove`. */
export function jobCounts(summary: PlanSummary): { count: number; text: string }[] {
  const { create, update, enable, disable, delete: removed } = summary;
  const counts: [number, string][] = [
    [create, "to add"],
    [update + enable + disable, "to change"],
    [removed, "to remove"],
  ];
  return counts.map(([count, what]) => ({ count, text: `${count} ${what}` }));
}

/** `1 widens permissions`. */
export function widensText(count: number): string {
  return `${count} ${count === 1 ? "widens" : "widen"} permissions`;
}
