import assert from "node:assert/strict";
import { test } from "node:test";
import { runJob } from "cronverge/testing";
import hello from "./hello.ts";

test("hello greets whom it is told to", async () => {
  const run = await runJob(hello, { parameters: { name: "Ada" } });
  assert.equal(run.success, true);
  assert.deepEqual(
    run.logs.map(({ message }) => message),
    ["hello, Ada"],
  );
});

test("hello fails without a name", async () => {
  const run = await runJob(hello);
  assert.equal(run.success, false);
  assert.equal(run.message, "the parameter name must be a text");
});
