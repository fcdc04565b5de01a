import assert from "node:assert/strict";
import { test } from "node:test";
import { lockedPackages } from "../../src/source/lock-file.ts";

function lock(packages: Record<string, unknown>, path = "/x/package-lock.json") {
  return { path, text: JSON.stringify({ lockfileVersion: 3, packages }) };
}

test("what a package depends on counts, the nearest copy of it, and nothing else", () => {
  const packages = {
    "": { dependencies: { pg: "^8", vite: "^7" } },
    "node_modules/pg": { version: "8.1.0", dependencies: { types: "^1", loop: "1" } },
    "node_modules/pg/node_modules/types": { version: "1.0.0", peerDependencies: { pg: "*" } },
    "node_modules/types": { version: "9.0.0" },
    "node_modules/loop": { version: "1.0.0", dependencies: { pg: "^8", types: "9" } },
    "node_modules/vite": { version: "7.0.0" },
  };
  const names = (given: Record<string, unknown>): string[] =>
    lockedPackages(lock(given), ["pg"])
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[0] ?? "");
  assert.deepEqual(names(packages), [
    "node_modules/loop",
    "node_modules/pg",
    "node_modules/pg/node_modules/types",
    "node_modules/types",
  ]);
  const text = lockedPackages(lock(packages), ["pg"]);
  const elsewhere = { ...packages, "node_modules/vite": { version: "8.0.0" } };
  assert.equal(lockedPackages(lock(elsewhere), ["pg"]), text);
  const below = { ...packages, "node_modules/types": { version: "9.0.1" } };
  assert.notEqual(lockedPackages(lock(below), ["pg"]), text);
});

test("a lock file of another form counts as a whole", () => {
  const yaml = { path: "/x/pnpm-lock.yaml", text: "lockfileVersion: 9\n" };
  assert.equal(lockedPackages(yaml, ["pg"]), yaml.text);
  const broken = { path: "/x/package-lock.json", text: "{" };
  assert.equal(lockedPackages(broken, ["pg"]), "{");
});
