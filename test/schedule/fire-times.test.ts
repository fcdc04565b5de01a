import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { ClockChangePolicy } from "../../src/model/policy.ts";
import { nextCron } from "../../src/schedule/cron.ts";
import { walkFires } from "./brute-force.ts";

interface Row {
  text: string;
  zone: string;
  expression: string;
  dst: ClockChangePolicy;
  afterMs: number;
  fires: number[];
}

const table = readFileSync(new URL("../golden/fire-times.txt", import.meta.url), "utf8");
const rows = table
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map(readRow);

test("the calculator agrees with the golden table of fire times", () => {
  const wrong = rows.flatMap((row) => {
    const found = firesOf(row);
    return found.join() === row.fires.join()
      ? []
      : [`${row.text}\n   found ${found.map(isoText).join(" ")}`];
  });
  assert.equal(wrong.join("\n"), "");
});

test("the table is what a walk of the clock finds, here for a part of it", () => {
  for (const { text, zone, expression, dst, afterMs, fires } of rows.filter(isNth(6))) {
    // A yearly time is long to walk to, and the first of them tells as much.
    const count = (fires.at(-1) ?? 0) - afterMs > 90 * DAY_MS ? 1 : fires.length;
    const walked = walkFires(expression, zone, { ...dst, afterMs, count });
    assert.deepEqual(walked, fires.slice(0, count), text);
  }
});

test("the zone data of Intl and of Temporal are the same where the table looks", () => {
  for (const { zone, fires } of rows) {
    const clock = clockOf(zone);
    for (const ms of fires) {
      const wall = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
      const text = wall.toPlainDateTime().toString({ smallestUnit: "second" }).replace("T", " ");
      assert.equal(clock.format(ms).replace(", ", " "), text, `${zone} ${isoText(ms)}`);
    }
  }
});

test("the golden table is large enough to guard an upgrade", () => {
  const atTransition = rows.filter(
    ({ zone, afterMs, fires }) => offsetAt(afterMs, zone) !== offsetAt(fires[1] ?? afterMs, zone),
  );
  const zones = new Set(atTransition.map(({ zone }) => zone));
  const years = rows.map(({ afterMs }) => new Date(afterMs).getUTCFullYear());
  assert.ok(rows.length >= 1_000, `${rows.length} rows`);
  assert.ok(atTransition.length >= 500, `${atTransition.length} rows at a transition`);
  assert.ok(zones.size >= 30, `${zones.size} zones`);
  assert.deepEqual([Math.min(...years), Math.max(...years)], [1990, 2035]);
});

const DAY_MS = 86_400_000;

function readRow(text: string): Row {
  const [zone = "", expression = "", dst = "", after = "", fires = ""] = text.split(" | ");
  return {
    text,
    zone,
    expression,
    dst: {
      ...(/gap:run_after/.test(dst) ? { gap: "run_after" } : {}),
      ...(/gap:skip/.test(dst) ? { gap: "skip" } : {}),
      ...(/fold:once/.test(dst) ? { fold: "once" } : {}),
      ...(/fold:twice/.test(dst) ? { fold: "twice" } : {}),
    },
    afterMs: Date.parse(after),
    fires: fires.split(" ").map((fire) => Date.parse(fire)),
  };
}

function firesOf({ zone, expression, dst, afterMs, fires }: Row): number[] {
  const found: number[] = [];
  while (found.length < fires.length) {
    const cron = { expression, timezone: zone, dst };
    const next = nextCron(cron, found.at(-1) ?? afterMs);
    if (next === null) break;
    found.push(next);
  }
  return found;
}

function isoText(ms: number): string {
  return new Date(ms).toISOString();
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  const clock =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" });
  clocks.set(timeZone, clock);
  return clock;
}

function isNth(step: number): (row: Row, index: number) => boolean {
  return (_, index) => index % step === 0;
}

function offsetAt(ms: number, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone).offset;
}
