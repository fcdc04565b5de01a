import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { ZonedCron } from "../../src/schedule/cron.ts";
import { checkCron } from "../../src/schedule/cron.ts";
import { listOccurrences } from "../../src/schedule/list-times.ts";
import { sameTimes } from "../../src/schedule/same-times.ts";

const FROM_MS = Date.parse("2026-01-01T00:00:00Z");
const TWO_YEARS_MS = 731 * 86_400_000;

function same(one: string, other: string, timezone = "Europe/London"): boolean {
  const proofs = [
    sameTimes({ expression: one, timezone }, { expression: other, timezone }),
    sameTimes({ expression: other, timezone }, { expression: one, timezone }),
  ];
  assert.equal(proofs[0], proofs[1], `${one} and ${other}, both ways`);
  return proofs[0] ?? false;
}

const SAME = [
  ["@daily", "0 0 * * *"],
  ["@midnight", "  0   0 * * ?"],
  ["@hourly", "0 0 * * * *"],
  ["@weekly", "0 0 * * SUN"],
  ["@yearly", "0 0 1 JAN *"],
  ["0 0 * * 0", "0 0 * * 7"],
  ["0 2 * * *", "0 0 2 * * *"],
  ["0 2 * * *", "00 02 * * *"],
  ["*/15 * * * *", "0,15,30,45 * * * *"],
  ["0,30 2 * * *", "30,0,30 2 * * *"],
  ["0 9 * * 1-5", "0 9 * * MON,TUE,WED,THU,FRI"],
  ["0 9 * * 6,0", "0 9 * * sat-sun"],
  ["0 9 1-31 * *", "0 9 * * *"],
  ["0 9 * * 0-6", "0 9 * * *"],
  ["0 9 1-31 * MON", "0 9 * * 0-7"],
  ["0 9 13 * 0-6", "0 9 * * *"],
  ["0 9 13 * +0-6", "0 9 13 * *"],
  ["0 9 1-31 * +MON", "0 9 * * 1"],
  ["0 9 1 * MON", "0 9 1 * 1"],
  ["0 9 * 1-12 *", "0 9 * * *"],
  ["0 9 * * FRIL", "0 9 * * 5#L"],
  ["0 9 * * 7#2,MON#1", "0 9 * * 1#1,0#2"],
  ["0 9 * * MON,MON#2", "0 9 * * 1"],
  ["0 9 1W,015W * *", "0 9 15W,1w * *"],
  ["0 9 1,L * *", "0 9 l,1 * *"],
] as const;

test("expressions that only look different are proved to be the same", () => {
  for (const [one, other] of SAME) assert.ok(same(one, other), `${one} and ${other}`);
});

const NOT_PROVED = [
  ["0 0 * * *", "0 1 * * *"],
  ["5 0 * * *", "*/5 * * * *"],
  ["0 9 1 * MON", "0 9 1 * +MON"],
  ["0 9 1 * MON", "0 9 1 * *"],
  ["0 9 1 * MON", "0 9 * * MON"],
  ["0 9 L * *", "0 9 LW * *"],
  ["0 9 15 * *", "0 9 15W * *"],
  ["0 9 * * MON#1", "0 9 * * MON#2"],
  ["0 9 * * FRI#5", "0 9 * * FRI#L"],
  ["0 9 * * FRI", "0 9 * * FRIL"],
  ["*/7 * * * *", "*/8 * * * *"],
  ["0 9 * * *", "0 9 * *"],
] as const;

test("what differs, or is no schedule at all, is not", () => {
  for (const [one, other] of NOT_PROVED) assert.ok(!same(one, other), `${one} and ${other}`);
});

test("fixed and wildcard schedules part at a transition, which UTC has none of", () => {
  assert.ok(!same("0 0-23 * * *", "0 * * * *"));
  assert.ok(!same("0,15,30,45 2 * * *", "*/15 2 * * *"));
  assert.ok(same("0 0-23 * * *", "0 * * * *", "UTC"));
  assert.ok(same("0,15,30,45 2 * * *", "*/15 2 * * *", "Etc/UTC"));
  assert.ok(!same("0 * * * *", "0 * * * *", "Nowhere/Town"));
});

test("what is said of clock changes counts by what it comes to", () => {
  const timezone = "Europe/London";
  const listed: ZonedCron = { expression: "0,15,30,45 1 * * *", timezone };
  const stepped: ZonedCron = { expression: "*/15 1 * * *", timezone };
  const once = { gap: "run_after", fold: "once" } as const;
  assert.ok(sameTimes(listed, { ...stepped, dst: once }));
  assert.ok(sameTimes(listed, { ...listed, dst: { gap: "run_after" } }));
  assert.ok(!sameTimes(listed, { ...listed, dst: { gap: "skip" } }));
  assert.ok(!sameTimes(stepped, { ...stepped, dst: { fold: "once" } }));
  const inUtc = { ...stepped, timezone: "UTC" };
  assert.ok(sameTimes(inUtc, { ...inUtc, dst: once }));
});

test("a zone is the same under its other names, and under no other zone's", () => {
  const at = (timezone: string): ZonedCron => ({ expression: "0 2 * * *", timezone });
  assert.ok(sameTimes(at("Asia/Calcutta"), at("Asia/Kolkata")));
  assert.ok(sameTimes(at("UTC"), at("Etc/UTC")));
  assert.ok(!sameTimes(at("Europe/Paris"), at("Europe/Berlin")));
  assert.ok(!sameTimes(at("UTC"), at("Africa/Abidjan")));
  assert.ok(!sameTimes(at("UTC"), at("nonsense")));
});

test("what is proved agrees with a walk of two years", () => {
  let proved = 0;
  const zones = fc.constantFrom("UTC", "Europe/London", "America/Nuuk", "Australia/Lord_Howe");
  fc.assert(
    fc.property(fc.array(variedField(), { minLength: 5, maxLength: 5 }), zones, (fields, zone) => {
      const expression = fields.map(([one]) => one).join(" ");
      const other = `0 ${fields.map(([, two]) => two).join(" ")}`;
      if (checkCron(expression, zone) !== null || checkCron(other, zone) !== null) return;
      if (!same(expression, other, zone)) return;
      proved += 1;
      assert.deepEqual(walk(expression, zone), walk(other, zone), `${expression} and ${other}`);
    }),
    { numRuns: 300 },
  );
  assert.ok(proved > 100, `only ${proved} were proved`);
});

/** A field in two writings, which mostly mean the same; by position it may be out of range. */
function variedField(): fc.Arbitrary<[string, string]> {
  return fc.constantFrom<[string, string]>(
    ["*", "*"],
    ["1", "01"],
    ["1-3", "1,2,3"],
    ["2,1", "1-2"],
    ["*/2", "*/2"],
    ["1-6", "1,2-6"],
    ["1-7/3", "1,4,7"],
    ["3", "4"],
  );
}

function walk(expression: string, timezone: string): number[] {
  const { instants } = listOccurrences(
    { type: "cron", expression, timezone },
    {
      anchorMs: FROM_MS,
      afterMs: FROM_MS,
      untilMs: FROM_MS + TWO_YEARS_MS,
      limit: 5_000,
      searches: 300,
    },
  );
  return instants;
}
