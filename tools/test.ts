// The one test command: drift of generated files, types, lint, format, then every test file.
// Any argument is a test file, or a pattern of names, to run alone: npm test -- test/store/*.test.ts
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);
const named = process.argv.slice(2);
const BUILT = ".test-dist";
/** Each file is a process of its own, and most of its time was spent on compiling what all import. */
const COMPILED = join(root, "node_modules", ".cache", "compiled");

const steps: [string, string, string[]][] = [
  ["generated files", process.execPath, ["tools/generate.ts", "--check"]],
  ["types", bin("tsc"), ["--noEmit"]],
  ["types of the running example", bin("tsc"), ["--noEmit", "-p", "services"]],
  ["types of the examples", bin("tsc"), ["--noEmit", "-p", "examples"]],
  ["lint", bin("oxlint"), ["--type-aware", "--deny-warnings"]],
  ["format", bin("oxfmt"), ["--check", "."]],
  ["the program that tests start", process.execPath, ["tools/build.ts", BUILT]],
];

for (const [what, command, args] of named.length > 0 ? [] : steps) {
  const startedAt = performance.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    process.stderr.write(`${what}: failed\n`);
    process.exit(status ?? 1);
  }
  process.stderr.write(`${what}: ok (${Math.round(performance.now() - startedAt)} ms)\n`);
}

const files = named.length > 0 ? named : globSync("test/**/*.test.ts", { cwd: root }).sort();
const { status } = spawnSync(
  process.execPath,
  [
    "--conditions=cronverge-source",
    "--test",
    "--test-concurrency=3",
    "--test-timeout=120000",
    "--test-global-setup=./test/helpers/global-setup.ts",
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    ...files,
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, NO_COLOR: "1", NODE_COMPILE_CACHE: COMPILED, ...programOf(named) },
  },
);
process.exit(status ?? 1);

/** A few files are tested on the sources, so that nobody waits for a build. */
function programOf(files: readonly string[]): { CRONVERGE_TEST_MAIN?: string } {
  return files.length > 0 ? {} : { CRONVERGE_TEST_MAIN: join(root, BUILT, "main.js") };
}
