import assert from "node:assert/strict";
import { test } from "node:test";
import { jobFailure } from "../../src/sandbox/failure.ts";

test("a denial is found below the error that hides it", () => {
  const denied = Object.assign(new Error("denied"), {
    code: "ERR_ACCESS_DENIED",
    permission: "FileSystemRead",
    resource: "/x",
  });
  const hidden = new TypeError("fetch failed", { cause: new AggregateError([denied], "all") });
  const failure = jobFailure("run", hidden);
  assert.deepEqual(
    [failure.code, failure.permission, failure.resource],
    ["ERR_ACCESS_DENIED", "FileSystemRead", "/x"],
  );
  assert.match(
    failure.text,
    /^TypeError: fetch failed\ncaused by: AggregateError: all\ncaused by: Error: denied/,
  );
});

test("frames outside of the job are left out", () => {
  const error = new Error("boom");
  error.stack = `Error: boom
    at check (/cronverge-job/plugins/a.ts:4:9)
    at file:///cronverge-job/plugins/b.ts:1:1
    at serve (file:///state/programs/x.mjs:1:2)
    at node:internal/process/task_queues:104:5`;
  assert.equal(
    jobFailure("run", error).text,
    "Error: boom\n    at check (plugins/a.ts:4:9)\n    at plugins/b.ts:1:1",
  );
});

test("a text that is too long is cut, and says so", () => {
  const { text } = jobFailure("run", "x".repeat(20_000));
  assert.equal(text, `${"x".repeat(16_384)}…`);
});

test("anything can be thrown", () => {
  assert.equal(jobFailure("run", "text").text, "text");
  assert.equal(jobFailure("run", undefined).text, "undefined");
  assert.equal(jobFailure("run", { a: 1 }).text, '{"a":1}');
  const circle = new Error("round");
  circle.cause = circle;
  assert.equal(jobFailure("load", circle).text, "Error: round");
});
