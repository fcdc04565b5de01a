import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { checkCron, nextCron } from "../../src/schedule/cron.ts";
import { walkFires } from "./brute-force.ts";

const ZONES = [
  "America/New_York",
  "America/Nuuk",
  "America/Sao_Paulo",
  "Europe/London",
  "Africa/Cairo",
  "Asia/Beirut",
  "Australia/Lord_Howe",
  "Pacific/Apia",
  "Antarctica/Troll",
];

test("around transitions of many years the calculator agrees with a walk of the clock", () => {
  const number = (min: number, max: number): fc.Arbitrary<string> =>
    fc.integer({ min, max }).map(String);
  const list = (min: number, max: number): fc.Arbitrary<string> =>
    fc
      .uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 3 })
      .map((all) => all.join(","));
  const minute = fc.oneof(list(0, 59), fc.constantFrom("*/15", "0", "30", "*"));
  const hour = fc.oneof(list(0, 4), fc.constantFrom("*", "0-3", "22,23", "*/2", "23"));
  const day = fc.oneof({ weight: 4, arbitrary: fc.constant("*") }, number(1, 31), fc.constant("L"));
  const weekday = fc.oneof(
    { weight: 4, arbitrary: fc.constant("*") },
    number(0, 7),
    fc.constant("6,0"),
  );
  const expression = fc.tuple(minute, hour, day, weekday);
  const where = fc.record({
    zone: fc.constantFrom(...ZONES),
    year: fc.integer({ min: 1990, max: 2034 }),
    hoursBefore: fc.integer({ min: 0, max: 40 }),
    which: fc.integer({ min: 0, max: 3 }),
  });
  const dst = fc.record(
    {
      gap: fc.constantFrom("run_after" as const, "skip" as const),
      fold: fc.constantFrom("once" as const, "twice" as const),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(expression, where, dst, ([minutes, hours, days, weekdays], place, policy) => {
      const cron = `0 ${minutes} ${hours} ${days} * ${weekdays}`;
      assert.equal(checkCron(cron, place.zone), null);
      const afterMs = transitionNear(place) - place.hoursBefore * 3_600_000 - 1;
      const walked = walkFires(cron, place.zone, { ...policy, afterMs, count: 2 });
      let lastMs = afterMs;
      for (const firesMs of walked) {
        const nextMs = nextCron({ expression: cron, timezone: place.zone, dst: policy }, lastMs);
        assert.equal(nextMs, firesMs, `${cron} ${place.zone} ${JSON.stringify(policy)} ${lastMs}`);
        lastMs = firesMs;
      }
    }),
    { numRuns: 400, seed: 6 },
  );
});

function transitionNear(place: { zone: string; year: number; which: number }): number {
  let moment = Temporal.PlainDate.from({ year: place.year, month: 1, day: 1 }).toZonedDateTime(
    place.zone,
  );
  for (let count = 0; count <= place.which; count += 1) {
    moment = moment.getTimeZoneTransition("next") ?? moment;
  }
  return moment.epochMilliseconds;
}
