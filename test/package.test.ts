import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { VERSION } from "../src/model/version.ts";

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const readme = readFileSync("README.md", "utf8");

test("the version is that of the package", () => {
  assert.equal(VERSION, manifest.version);
});

test("the README has at most 900 words, and every file it links to exists", () => {
  assert.ok(readme.split(/\s+/).length <= 900);
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? "");
  assert.deepEqual(
    links.filter((link) => !existsSync(link)),
    [],
  );
});

test("nothing of the package needs an install script", () => {
  for (const script of ["preinstall", "install", "postinstall", "prepare"]) {
    assert.equal(manifest.scripts[script], undefined);
  }
});

test("the lockfile names no registry", () => {
  assert.doesNotMatch(readFileSync("package-lock.json", "utf8"), /"resolved": "https?:/);
});
