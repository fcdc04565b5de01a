export const DAY_MS = 86_400_000;

/** Daily jobs are due at noon; this is the noon of so many days ago. */
export function noon(daysAgo: number): string {
  const today = new Date().setUTCHours(12, 0, 0, 0);
  const last = today > Date.now() ? today - DAY_MS : today;
  return new Date(last - daysAgo * DAY_MS).toISOString();
}

/** The instant so many milliseconds after another one. */
export function later(instant: string, ms: number): string {
  return new Date(Date.parse(instant) + ms).toISOString();
}

/** The lines of such a job. */
export function daily(name: string, extra = ""): string {
  return `  ${name}: {schedule: {cron: "0 12 * * *", timezone: UTC}, command: ["true"]${extra}}`;
}
