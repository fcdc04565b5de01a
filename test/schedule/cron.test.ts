import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { SchedulerError } from "../../src/model/errors.ts";
import { checkCron, cronWarnings, isTimezone, nextCron } from "../../src/schedule/cron.ts";
import type { FieldRule } from "../../src/schedule/fields.ts";
import { FIELD_RULES, isProblem, valuesBetween } from "../../src/schedule/fields.ts";
import { parseCron } from "../../src/schedule/syntax.ts";

const ACCEPTED = `* * * * *|*/15 * * * *|0 2 * * *|0 0 2 * * *|*/10 * * * * *|0 9-17/2 * * MON-FRI
0 0 L * *|0 0 LW * *|0 0 15W * *|0 0 1,L * *|0 0 * * 5L|0 0 * * FRI#L|0 0 * * friL|0 0 * * 1#1,3#3
0 0 ? * *|0 12 * * ?|0 0 * * 7|0 0 * * SUN-TUE|0 0 * * FRI-SUN|0 0 * JAN-MAR,dec *|0 0 1 * +MON
5,10-20/3 * * * *|0 0 29 2 *|0 0 29 2 +1|0 0 31 1,2 *|0 0 30 2 1|05 08 * * *|  0  2  * * *
@hourly|@daily|@midnight|@weekly|@monthly|@yearly|@annually|@Daily|0 0 31 * +5#5|0 0 * 2 5#5`;

/** Expression, the rewrite or reason that the help must show. */
const REFUSED: [expression: string, help: RegExp][] = [
  ["0 0 0 1 1 * 2027", /`"0 0 0 1 1 \*"`/],
  ["5/15 * * * *", /`5-59\/15`/],
  ["0 3/6 * * *", /`3-23\/6`/],
  ["0 0 * MAR/2 *", /`MAR-DEC\/2`/],
  ["0 0 * * 1/2", /`1-6\/2`/],
  ["0 22-2 * * *", /`22-23,0-2`/],
  ["0 23-0 * * *", /`23,0`/],
  ["0 22-4/2 * * *", /`22,0,2,4`/],
  ["0 0 * * FRI-MON", /`FRI-SAT,SUN-MON`/],
  ["0 0 * * 7-2", /`0-2`/],
  ["0 0 * * 7/2", /`0-6\/2`/],
  ["0 0 * * SUN/2", /`SUN-SAT\/2`/],
  ["0 0 * NOV-FEB *", /`NOV-DEC,JAN-FEB`/],
  ["0 0 L-3 * *", /`L`/],
  ["0 0 L,LW * *", /job of its own/],
  ["@every 5m", /`schedule: \{every: 5m\}`/],
  ["@every 1.5h", /`schedule: \{every: 1h30m\}`/],
  ["@every", /`schedule: \{every: 1h30m\}`/],
  ["@reboot", /@hourly/],
  ["@fortnightly", /@weekly/],
  ["__proto__", /minute, hour/],
  ["TZ=Europe/Paris 0 2 * * *", /`schedule: \{cron: "0 2 \* \* \*", timezone: Europe\/Paris\}`/],
  ["CRON_TZ=Asia/Tokyo 0 2 * * *", /timezone: Asia\/Tokyo/],
  ["TZ= 0 2 * * *", /timezone: UTC\}`/],
  ["TZ=Asia/Tokyo", /\{cron: "0 2 \* \* \*", timezone: Asia\/Tokyo\}/],
  ["? * * * *", /`\*`/],
  ["0 ?/5 * * *", /`\*\/5`/],
  ["0 0 ?,1 * *", /`\*`/],
  ["0 0 30 2 *", /does not exist/],
  ["0 0 31 2,4,6,9,11 *", /does not exist/],
  ["0 0 31W 2 *", /does not exist/],
  ["0 0 31 2 +1#1", /does not exist/],
  ["0 0 20 * +1#1", /never falls/],
  ["0 0 15W * +6", /never falls/],
  ["* * *", /minute, hour/],
  ["", /0 2 \* \* \*/],
  ["0 2 * * * * * *", /minute, hour/],
  ["61 * * * *", /0 to 59/],
  ["0 24 * * *", /0 to 23/],
  ["0 0 0 * *", /1 to 31/],
  ["0 0 * 13 *", /1 to 12/],
  ["0 0 * * 8", /0 to 7/],
  ["0 0 * JANUARY *", /`JAN`/],
  ["0 0 * * WEN", /`WED`/],
  ["0 0 * * Tuesday", /`TUE`/],
  ["0 0 * * XYZ", /SUN, MON/],
  ["0 0 * * 1#6", /`1#2`/],
  ["0 0 * * L", /`5L`/],
  ["0 0 * * +*", /\+MON/],
  ["H * * * *", /fixed value/],
  ["*/90 * * * *", /`schedule: \{every: 90m\}`/],
  ["*/0 * * * *", /^$/],
  ["1,,2 * * * *", /comma/],
];

test("the promised forms are accepted and have a next time", () => {
  for (const expression of ACCEPTED.split(/[|\n]/)) {
    assert.equal(checkCron(expression, "UTC"), null, expression);
    assert.notEqual(nextCron({ expression, timezone: "UTC" }, 0), null, expression);
  }
});

test("the other forms are refused, with the rewrite", () => {
  for (const [expression, help] of REFUSED) {
    const problem = checkCron(expression, "UTC");
    assert.ok(problem, `accepted: ${expression}`);
    assert.match(problem.help ?? "", help, expression);
    assert.throws(() => nextCron({ expression, timezone: "UTC" }, 0), SchedulerError);
  }
});

test("the rewrite of a range that goes backwards is accepted and selects the same values", () => {
  const fields = FIELD_RULES.filter(({ name }) => name !== "day-of-week");
  const range = fc.constantFrom(...fields).chain((rule) => {
    const value = fc.integer({ min: rule.min, max: rule.max });
    const step = fc.integer({ min: 1, max: rule.max - rule.min });
    return fc.tuple(fc.constant(rule), value, value, step);
  });
  fc.assert(
    fc.property(range, ([rule, from, to, step]) => {
      if (from <= to) return;
      const size = rule.max - rule.min + 1;
      const named = Array.from({ length: to + size - from + 1 }, (_, index) => from + index);
      const selected = named
        .filter((_, index) => index % step === 0)
        .map((value) => (value > rule.max ? value - size : value));
      const item = `${from}-${to}${step === 1 ? "" : `/${step}`}`;
      const values = rewritten(item, rule);
      assert.deepEqual(
        values,
        [...new Set(selected)].sort((a, b) => a - b),
        item,
      );
    }),
    { seed: 9 },
  );
});

test("the rewrite of a step without a range is accepted and selects the same values", () => {
  for (const rule of FIELD_RULES) {
    for (const from of [rule.min, rule.min + 1, rule.max - 1]) {
      const last = rule.name === "day-of-week" ? 6 : rule.max;
      const selected = valuesBetween(from, last, 2);
      assert.deepEqual(rewritten(`${from}/2`, rule), selected, `${from}/2 of ${rule.name}`);
    }
  }
});

/** What the help for `item` in its field selects. */
function rewritten(item: string, rule: FieldRule): number[] {
  const position = FIELD_RULES.indexOf(rule);
  const at = (text: string): string =>
    ["0", "0", "0", "*", "*", "*"].with(position, text).join(" ");
  const help = checkCron(at(item), "UTC")?.help ?? "";
  const pattern = parseCron(at(/`(.*)`/.exec(help)?.[1] ?? ""));
  assert.ok(!isProblem(pattern), `${item}: ${help}`);
  const { second, minute, hour, dayOfMonth, month, dayOfWeek } = pattern;
  return [second, minute, hour, dayOfMonth, month, dayOfWeek][position]?.values ?? [];
}

test("an empty, unknown or numeric zone is refused", () => {
  assert.match(checkCron("0 2 * * *", "")?.message ?? "", /empty/);
  assert.match(checkCron("0 2 * * *", "Mars/Olympus")?.message ?? "", /not a time zone/);
  assert.match(checkCron("0 2 * * *", "london")?.help ?? "", /Europe\/London/);
  assert.ok(checkCron("0 2 * * *", "+01:00"));
  assert.throws(() => nextCron({ expression: "0 2 * * *", timezone: "" }, 0), SchedulerError);
  assert.deepEqual(["UTC", "Europe/Paris", "Etc/GMT+5", "UTC+1"].map(isTimezone), [
    true,
    true,
    true,
    false,
  ]);
});

test("both day fields together are warned of, unless joined by +", () => {
  const [warning] = cronWarnings("0 0 1-7 * MON");
  assert.match(warning?.help ?? "", /`\+MON`/);
  for (const silent of ["0 0 1-7 * +MON", "0 0 1 * *", "0 0 * * 1", "0 0 ? * 1", "rubbish"]) {
    assert.deepEqual(cronWarnings(silent), []);
  }
});

test("a fixed time that a gap swallows runs at its end, even past midnight", () => {
  const next = (expression: string, zone: string, after: string): string =>
    new Date(nextCron({ expression, timezone: zone }, Date.parse(after)) ?? 0).toISOString();
  const nuuk = next("30 23 28 3 *", "America/Nuuk", "2026-01-01T00:00:00Z");
  assert.equal(nuuk, "2026-03-29T01:00:00.000Z");
  // 23:59:59 and midnight fall on the same instant, which is one occurrence.
  assert.equal(next("30 23 * * *", "America/Nuuk", nuuk), "2026-03-30T00:30:00.000Z");
  const newYork = next("30 2 * * *", "America/New_York", "2026-03-08T00:00:00Z");
  assert.equal(newYork, "2026-03-08T07:00:00.000Z");
});

test("a zone that loses a whole day is not compensated", () => {
  // In Apia there was no 30 December 2011.
  const after = Date.parse("2011-12-30T09:00:00Z");
  const next = nextCron({ expression: "0 12 * * *", timezone: "Pacific/Apia" }, after);
  assert.equal(new Date(next ?? 0).toISOString(), "2011-12-30T22:00:00.000Z");
});

test("a repeated question has a remembered answer that fits its instant", () => {
  const day = Date.UTC(2026, 0, 1);
  for (const minute of [0, 5, 59, 60, 61, 59, 0]) {
    const expected = day + (Math.floor(minute / 60) + 1) * 3_600_000;
    assert.equal(
      nextCron({ expression: "0 * * * *", timezone: "UTC" }, day + minute * 60_000),
      expected,
    );
  }
});

test("whatever text comes, it is refused or it has a next time", () => {
  const atom = fc.constantFrom(
    ..."*|?|0|5|7|12|31|60|L|W|LW|15W|1#2|5L|MON|jan|-|/|,|+|1-5|*/3|x|".split("|"),
  );
  const field = fc.array(atom, { minLength: 1, maxLength: 3 }).map((atoms) => atoms.join(""));
  const fields = fc.array(field, { minLength: 4, maxLength: 7 }).map((all) => all.join(" "));
  const near = fc
    .tuple(fc.constantFrom("0 0 * * *", "0 0 1 1 *", "* * L * 1", "0 0 0 * * +1"), fc.nat(5), field)
    .map(([base, position, replacement]) =>
      base
        .split(" ")
        .with(position % 5, replacement)
        .join(" "),
    );
  fc.assert(
    fc.property(fc.oneof(fields, near, fc.string()), (expression) => {
      if (checkCron(expression, "UTC") === null) {
        assert.notEqual(nextCron({ expression, timezone: "UTC" }, 0), null, expression);
      }
    }),
    { numRuns: 2_000 },
  );
});
