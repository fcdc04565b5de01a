import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const MAIN = new URL("../../src/main.ts", import.meta.url);

test("the entry imports nothing of ours before it knows the version of Node", () => {
  const text = readFileSync(MAIN, "utf8");
  const imported = [...text.matchAll(/^import .* from "(.*)";$/gm)].map((match) => match[1]);
  assert.ok(imported.length > 0);
  for (const target of imported) assert.match(target ?? "", /^node:/);
  assert.ok(text.indexOf("process.versions.node") < text.indexOf("await import("));
});

test("an older Node gets one clear line, and 3", () => {
  const older = `Object.defineProperty(process.versions, "node", { value: "20.1.0" });`;
  const preload = `data:text/javascript,${encodeURIComponent(older)}`;
  assert.throws(
    () =>
      execFileSync(process.execPath, ["--import", preload, MAIN.pathname, "check"], {
        stdio: "pipe",
      }),
    (error: Error & { status?: number; stderr?: Buffer }) => {
      assert.equal(error.status, 3);
      assert.match(String(error.stderr), /^cronverge needs Node\.js 26 or newer, and this is v/);
      return true;
    },
  );
});
