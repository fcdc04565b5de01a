import { writeFileSync } from "node:fs";
import type { ClockChangePolicy } from "../../src/model/policy.ts";
import type { WalkOptions } from "./brute-force.ts";
import { walkFires } from "./brute-force.ts";

// Writes the golden table of fire times: `node test/schedule/make-fire-times.ts`. It is run by hand
// where a row is added; a change of old rows means that the zone data or the promise changed.

/** Zones with the years whose transitions are in the table. */
const TRANSITIONS: Record<string, number[]> = {
  "America/New_York": [1990, 2026, 2035],
  "America/Los_Angeles": [2007],
  "America/St_Johns": [2010],
  "America/Sao_Paulo": [2017, 2018],
  "America/Santiago": [2026],
  "America/Havana": [2026],
  "America/Asuncion": [2023],
  "America/Scoresbysund": [2024],
  "America/Nuuk": [2024, 2026],
  "America/Caracas": [2016],
  "Europe/London": [1996, 2026],
  "Europe/Berlin": [2027],
  "Europe/Dublin": [2026],
  "Europe/Moscow": [2011, 2014],
  "Europe/Istanbul": [2016],
  "Atlantic/Azores": [2026],
  "Africa/Cairo": [2026],
  "Africa/Casablanca": [2026],
  "Africa/El_Aaiun": [2031],
  "Africa/Sao_Tome": [2018, 2019],
  "Asia/Beirut": [2026],
  "Asia/Gaza": [2021],
  "Asia/Tehran": [2021],
  "Asia/Pyongyang": [2018],
  "Australia/Lord_Howe": [2026],
  "Australia/Adelaide": [2026],
  "Pacific/Chatham": [2026],
  "Pacific/Apia": [2011],
  "Pacific/Kiritimati": [1994],
  "Pacific/Kwajalein": [1993],
  "Pacific/Norfolk": [2015, 2026],
  "Antarctica/Troll": [2026],
  "Antarctica/Casey": [2020],
  "Antarctica/Vostok": [1994],
};

/** What jobs say of clock changes, and the zones in whose rows each of it is written out. */
const POLICIES: ClockChangePolicy[] = [
  { gap: "skip" },
  { gap: "run_after" },
  { fold: "once" },
  { fold: "twice" },
  { gap: "skip", fold: "twice" },
  { gap: "run_after", fold: "once" },
];
const POLICY_ZONES: ReadonlySet<string> = new Set([
  "America/Nuuk",
  "America/Havana",
  "Europe/London",
  "Africa/Casablanca",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Antarctica/Troll",
  "Asia/Beirut",
]);

/** Expressions that need no transition, in zones of all sorts. */
const ORDINARY: [expression: string, zones: string[]][] = [
  ["0 0 2 * * *", ["UTC", "Asia/Kolkata", "Asia/Kathmandu"]],
  ["0 0 0 L * *", ["UTC", "Asia/Tokyo", "America/New_York"]],
  ["0 0 12 LW * *", ["UTC", "Europe/Paris"]],
  ["0 30 9 15W * *", ["UTC", "America/Toronto"]],
  ["0 0 8 1W,31W * *", ["UTC"]],
  ["0 0 9 * * 1#1", ["UTC", "Australia/Sydney"]],
  ["0 0 9 * * 5#L", ["UTC", "Pacific/Auckland"]],
  ["0 0 9 * * 1#2,3#4", ["UTC"]],
  ["0 0 9 * * 5L", ["UTC"]],
  ["0 0 0 1 * 1", ["UTC", "Asia/Singapore"]],
  ["0 0 0 1-7 * +1", ["UTC", "Africa/Nairobi"]],
  ["0 0 0 29 2 *", ["UTC"]],
  ["0 0 0 31 * *", ["UTC"]],
  ["0 15 10 1,15 1-6/2 *", ["UTC"]],
  ["*/20 59 23 L * *", ["UTC", "Asia/Kathmandu"]],
  ["0 */25 8-10 * * 1-5", ["UTC", "Europe/Madrid"]],
  ["0 0 6 * * 0,6", ["UTC"]],
  ["0 0 6 * * 5-7", ["UTC"]],
  ["30 5 4 13 * +5", ["UTC"]],
];

const rows: string[] = [];
for (const [zone, years] of Object.entries(TRANSITIONS)) {
  for (const year of years) {
    for (const transition of transitionsIn(zone, year)) {
      for (const [expression, hoursBefore] of expressionsAround(transition)) {
        const afterMs = transition.epochMilliseconds - hoursBefore * 3_600_000;
        addRow(expression, zone, { afterMs });
        if (!POLICY_ZONES.has(zone) || year < 2000 || hoursBefore === 100) continue;
        const isGap =
          transition.offsetNanoseconds > transition.subtract({ seconds: 1 }).offsetNanoseconds;
        const policies = POLICIES.filter(({ gap, fold }) => (isGap ? gap : fold) !== undefined);
        for (const policy of policies) addRow(expression, zone, { afterMs, ...policy });
      }
    }
  }
}
for (const [expression, zones] of ORDINARY) {
  for (const zone of zones) {
    addRow(expression, zone, { afterMs: Date.UTC(2026, 10, 21, 0, 0, 30) });
  }
}
writeFileSync(
  new URL("../golden/fire-times.txt", import.meta.url),
  `# zone | expression | dst | after | the next fires; made by test/schedule/make-fire-times.ts\n${rows.join("\n")}\n`,
);

function transitionsIn(zone: string, year: number): Temporal.ZonedDateTime[] {
  const found: Temporal.ZonedDateTime[] = [];
  let moment = Temporal.PlainDate.from({ year, month: 1, day: 1 }).toZonedDateTime(zone);
  for (;;) {
    const next = moment.getTimeZoneTransition("next");
    if (next === null || next.year > year) return found;
    found.push(next);
    moment = next;
  }
}

/** Times within the gap or the repeated stretch, as fixed schedules and with wildcards. */
function expressionsAround(transition: Temporal.ZonedDateTime): [string, number][] {
  const before = transition.subtract({ nanoseconds: 1 });
  const isGap = transition.offsetNanoseconds > before.offsetNanoseconds;
  const shift = { nanoseconds: Math.abs(transition.offsetNanoseconds - before.offsetNanoseconds) };
  const first = isGap ? transition.toPlainDateTime().subtract(shift) : transition.toPlainDateTime();
  const { hour } = first;
  const minute = first.add({ nanoseconds: shift.nanoseconds / 2 }).minute;
  const middle = first.add({ nanoseconds: shift.nanoseconds / 2 });
  const later = (hour + 5) % 24;
  return [
    [`0 ${minute} ${middle.hour} * * *`, 26],
    [`0 ${first.minute} ${hour} * * *`, 2],
    [`0 ${minute},${(minute + 10) % 60} ${middle.hour},${later} * * *`, 2],
    [`0 ${minute} ${middle.hour} ${middle.day} ${middle.month} *`, 100],
    [`0 */20 ${middle.hour} * * *`, 2],
    ["0 */30 * * * *", 1],
    ["0 0 */3 * * *", 4],
  ];
}

function addRow(expression: string, zone: string, walk: Omit<WalkOptions, "count">): void {
  const iso = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");
  const { afterMs, ...policy } = walk;
  const dst = Object.entries(policy).map(([key, value]) => `${key}:${value}`);
  const fires = walkFires(expression, zone, { ...walk, count: 4 });
  rows.push(
    [zone, expression, dst.join(" ") || "-", iso(afterMs), fires.map(iso).join(" ")].join(" | "),
  );
}
