import assert from "node:assert/strict";
import { test } from "node:test";
import { loadsFurther } from "../../src/plan/unfollowed.ts";
import { spec } from "./jobs.ts";

test("a command loads more than is compared where it starts a program of the project", () => {
  const named = new Map([["script", []]]);
  const loads = (name: string, command: string | string[]): boolean =>
    loadsFurther(spec(name, { run: { type: "command", command } }), named);
  assert.ok(loads("script", ["node", "scripts/bill.mjs"]));
  for (const text of ["npm run bill", "cd app && make all", "python3 -m app.bill"]) {
    assert.ok(loads("other", text), text);
    assert.ok(loads("other", text.split(" ")), text);
  }
  for (const text of ["pg_dump -Fc app", "echo unmake it"]) assert.ok(!loads("other", text), text);
  assert.ok(!loadsFurther(spec("script"), named), "a plugin's imports are followed");
});
