import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { nextCron } from "../../src/schedule/cron.ts";

const table = readFileSync(new URL("../golden/fire-times.txt", import.meta.url), "utf8");
const rows = table.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

test("the calculator agrees with the golden table of fire times", () => {
  const wrong = rows.flatMap((row) => {
    const [zone = "", expression = "", after = "", fires = ""] = row.split(" | ");
    const found = firesOf(expression, zone, after, fires.split(" ").length);
    return found === fires ? [] : [`${row}\n   found ${found}`];
  });
  assert.equal(wrong.join("\n"), "");
});

test("the golden table is large enough to guard an upgrade", () => {
  const zones = new Set(rows.map((row) => row.split(" | ")[0]));
  assert.ok(rows.length >= 300, `${rows.length} rows`);
  assert.ok(zones.size >= 15, `${zones.size} zones`);
});

function firesOf(expression: string, zone: string, after: string, count: number): string {
  const fires: string[] = [];
  let afterMs = Date.parse(after);
  while (fires.length < count) {
    const next = nextCron(expression, zone, afterMs);
    if (next === null) break;
    fires.push(new Date(next).toISOString().replace(".000Z", "Z"));
    afterMs = next;
  }
  return fires.join(" ");
}
