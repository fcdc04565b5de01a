import { durationText } from "../model/job.ts";
import type { TimesDiff } from "../plan/times-diff.ts";
import type { Plan } from "../plan/plan.ts";
import type { Paint, Style } from "./paint.ts";
import { rateChange } from "./times-rate.ts";

const DAY_MS = 86_400_000;

/**
 * What becomes of the due times, on one line: `30 days: 22 move by +1h30m, 8 removed`. A job that
 * is due much more or less often says so first: `every 5 minutes → once a day; …`.
 */
export function timesText(times: TimesDiff, color: Paint): string {
  if (times.same === "always") return color("green", "same times, always");
  const span = `${isCut(times) ? "next " : ""}${spanText(times.from, times.until)}`;
  if (times.same === "within") return color("green", sameText(times, span)) + cutText(times);
  const rate = rateChange(times);
  const first = rate === null ? "" : `${color("red", color("bold", rate))}; `;
  return `${first}${span}: ${countsText(times, color)}${cutText(times)}`;
}

/** What becomes of the due times of all jobs together; null where none of their clocks changes. */
export function timesSummary(plan: Plan): string | null {
  const all = plan.changes.map(({ times }) => times).filter((times) => times !== null);
  const [first] = all;
  if (first === undefined) return null;
  if (all.every(({ same }) => same !== null)) return "All due times stay the same.";
  const parts = [
    [sumOf(all, "added"), "added"],
    [sumOf(all, "removed"), "removed"],
    [sumOf(all, "moved"), "moved"],
  ] as const;
  const said = parts.filter(([count]) => count > 0);
  const span = spanText(first.from, first.horizon);
  if (said.length === 0) return `In ${span}: no run is added, removed or moved.`;
  const least = all.some(isCut) ? ", at least" : "";
  const texts = said.map(([count, deed], index) => {
    const noun = index > 0 ? "" : count === 1 ? " run" : " runs";
    return `${numberText(count)}${noun} ${deed}`;
  });
  return `In ${span}${least}: ${texts.join(", ")}.`;
}

function sameText({ kept }: TimesDiff, span: string): string {
  return kept === 0
    ? `${span}: none is due, and the next ones stay the same`
    : `${span}: same times (${numberText(kept)} kept)`;
}

function countsText(times: TimesDiff, color: Paint): string {
  const { kept, added, removed, moved } = times;
  const changed = added + removed + moved;
  if (changed === 0) {
    const rest = times.before !== null && times.after !== null ? "; later times differ" : "";
    return kept === 0 ? `none is due${rest}` : `${numberText(kept)} kept${rest}`;
  }
  const parts: [count: number, style: Style, text: string][] = [
    [removed, "red", `${numberText(removed)} removed`],
    [added, "green", `${numberText(added)} added`],
    [
      moved,
      "yellow",
      `${numberText(moved)} ${moved === 1 ? "moves" : "move"} ${shiftsText(times)}`,
    ],
  ];
  const said = parts
    .filter(([count]) => count > 0)
    .sort(([one], [other]) => other - one)
    .map(([, style, text]) => color(style, text));
  return [...said, ...(kept > 0 ? [`${numberText(kept)} kept`] : [])].join(", ");
}

/** `by +1h30m`, `by −1h (18) or −2h (12)`, or the commonest two of many. */
function shiftsText({ moved, shifts }: TimesDiff): string {
  const [first, second] = shifts;
  if (first === undefined) return "";
  if (second === undefined) return `by ${shiftText(first.byMs)}`;
  const both = [first, second].map(
    ({ byMs, count }) => `${shiftText(byMs)} (${numberText(count)})`,
  );
  const isAll = first.count + second.count === moved;
  return isAll ? `by ${both.join(" or ")}` : `by ${both.join(", ")} or otherwise`;
}

function shiftText(byMs: number): string {
  return `${byMs < 0 ? "−" : "+"}${durationText(Math.abs(byMs))}`;
}

function cutText(times: TimesDiff): string {
  if (!isCut(times)) return "";
  return ` (too many times to count ${spanText(times.from, times.horizon)})`;
}

function isCut({ until, horizon, same }: TimesDiff): boolean {
  return same !== "always" && until !== horizon;
}

/** `30 days`; shorter or uneven spans as the config file writes them. */
function spanText(from: string, until: string): string {
  const spanMs = Date.parse(until) - Date.parse(from);
  if (spanMs % DAY_MS !== 0) return durationText(spanMs);
  return spanMs === DAY_MS ? "1 day" : `${spanMs / DAY_MS} days`;
}

function sumOf(all: readonly TimesDiff[], deed: "added" | "removed" | "moved"): number {
  return all.reduce((sum, times) => sum + times[deed], 0);
}

function numberText(count: number): string {
  return count.toLocaleString("en");
}
