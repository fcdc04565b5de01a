// The benchmark beside its peers: npm run bench [-- --only lateness,starts] [--quick] [--date TEXT].
// What a full run finds goes into docs/performance.md; a quick one only shows it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureCommands, measureReload } from "./bench/commands.ts";
import { measureLateness } from "./bench/lateness.ts";
import { describeMachine } from "./bench/machine.ts";
import { measureMemory } from "./bench/memory.ts";
import { buildProgram } from "./bench/program.ts";
import { renderPart, replaceSection } from "./bench/report.ts";
import type { PartResult } from "./bench/report.ts";
import { startServer } from "./bench/server.ts";
import type { BenchServer } from "./bench/server.ts";
import { measureStarts } from "./bench/starts.ts";
import { measureThroughput } from "./bench/throughput.ts";

const DOCUMENT = join(import.meta.dirname, "..", "docs", "performance.md");

/** What each part does; `quick` asks for less of it, so that it can be tried. */
const PARTS: Record<string, (server: BenchServer, quick: boolean) => Promise<PartResult>> = {
  throughput: (server, quick) =>
    measureThroughput(server, quick ? { count: 5_000, rounds: 1 } : { count: 20_000, rounds: 3 }),
  lateness: (server, quick) =>
    measureLateness(server, quick ? { rounds: 1, seconds: 5 } : { rounds: 3, seconds: 20 }),
  starts: (_, quick) => measureStarts({ samples: quick ? 5 : 40 }),
  memory: (_, quick) => measureMemory({ quick }),
  commands: (_, quick) => measureCommands({ rounds: quick ? 1 : 7 }),
  reload: (_, quick) => measureReload({ saves: quick ? 3 : 15 }),
};

/** These start the compiled program. */
const ON_THE_PROGRAM: ReadonlySet<string> = new Set(["starts", "memory", "commands", "reload"]);

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    date: { type: "string" },
  },
});
await runParts(values.only?.split(",") ?? Object.keys(PARTS));

async function runParts(names: string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0) {
    const known = Object.keys(PARTS).join(", ");
    process.stderr.write(`there is no part ${unknown.join(", ")}; there are ${known}\n`);
    process.exitCode = 2;
    return;
  }
  if (names.some((name) => ON_THE_PROGRAM.has(name))) buildProgram();
  await using server = await startServer();
  const date = values.date === undefined ? "" : ` Measured ${values.date}.`;
  record("machine", `${describeMachine(server.version)}.${date}`);
  for (const name of names) {
    const result = await PARTS[name]?.(server, values.quick);
    if (result !== undefined) record(name, renderPart(result));
  }
}

function record(section: string, text: string): void {
  process.stdout.write(`${text}\n\n`);
  if (values.quick) return;
  writeFileSync(DOCUMENT, replaceSection(readFileSync(DOCUMENT, "utf8"), section, text));
}
