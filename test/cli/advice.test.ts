import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { PLAYBOOKS, renderPlaybook } from "../../src/views/playbook.ts";
import { parseCommandLine, shellLines } from "../helpers/command-line.ts";

/** Lines in which a command line stands alone, or behind what it is for. */
const GOLDEN_LINE = /(?:^|\s{2})(cronverge [^`]*)$/;

test("every command line that outputs and documents advise is one that the program knows", async () => {
  const golden = globSync("test/golden/{explain,why,backfill}/*.txt").flatMap((file) =>
    read(file)
      .split("\n")
      .flatMap((line) => GOLDEN_LINE.exec(line)?.[1] ?? [])
      .map((line) => ({ file, line })),
  );
  const documents = ["README.md", ...globSync(["docs/*.md", "examples/**/README.md"])];
  const documented = documents
    .filter((file) => file !== "docs/cli.md")
    .flatMap((file) => shellLines(read(file)).map((line) => ({ file, line })));
  const playbooks = PLAYBOOKS.flatMap((playbook) =>
    shellLines(renderPlaybook(playbook, [])).map((line) => ({ file: playbook.name, line })),
  );
  const numbers = [golden.length, documented.length, playbooks.length];
  assert.ok(Math.min(...numbers) >= 5, `lines were found: ${numbers.join(", ")}`);
  for (const { file, line } of [...golden, ...documented, ...playbooks]) {
    await assert.doesNotReject(parseCommandLine(line), `${file}: ${line}`);
  }
});

test("a command line that the program does not know is refused", async () => {
  for (const line of ["cronverge jobs histroy", "cronverge jobs run --bogus", "cronverge why"]) {
    await assert.rejects(parseCommandLine(line), line);
  }
});

function read(file: string): string {
  return readFileSync(file, "utf8");
}
