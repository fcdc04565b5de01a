#!/usr/bin/env node
// Nothing is imported here before the version is known: an older Node fails on what it does not know.
import module from "node:module";
import { join } from "node:path";

if (Number(process.versions.node.split(".")[0]) < 26) {
  const found = `cronverge needs Node.js 26 or newer, and this is ${process.version}.`;
  process.stderr.write(`${found}\nhelp: install Node.js 26 or newer and type the command again\n`);
  process.exit(3);
}

// In the user's own directory: whoever can write the cache decides what runs.
const home = process.env["HOME"];
if (home) module.enableCompileCache(join(home, ".cache", "cronverge"));
// Without a listener this signal opens Node's inspector, through which a job could run code here.
process.on("SIGUSR1", () => undefined);
// A reader that went away, as `| head` does, ends a command without a word.
process.stdout.on("error", (error) => {
  if ("code" in error && error.code !== "EPIPE") throw error;
  process.exit(0);
});

const { runCli } = await import("./cli/program.ts");
const exitCode = await runCli(process.argv.slice(2));
process.stdout.write("", () => process.exit(exitCode));
