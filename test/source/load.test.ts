import { afterEach, beforeEach, test } from "node:test";
import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILTINS } from "../../src/model/builtins.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { loadConfig, type LoadedConfig } from "../../src/source/load.ts";

const NOW_MS = Date.parse("2026-06-01T00:00:00Z");
let directory = "";
let configFile = "";

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cronverge-load-"));
  configFile = join(directory, "config.yaml");
  mkdirSync(join(directory, "plugins", "reports"), { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, text: string): void {
  writeFileSync(join(directory, name), text);
}

async function load(previous?: LoadedConfig): Promise<LoadedConfig> {
  const reuse = previous === undefined ? {} : { previous };
  return loadConfig({ configFile, displayName: "config.yaml", nowMs: NOW_MS, ...reuse });
}

function places(diagnostics: Diagnostic[]): string[] {
  return diagnostics.map(({ file, line, column, rule }) => `${file}:${line}:${column} ${rule}`);
}

const JOB = "export default async () => {};\n";

test("a file with plugins in folders becomes the desired state", async () => {
  write("plugins/hello.ts", JOB);
  write("plugins/reports/weekly.mjs", "export const build = () => {};\n");
  for (const name of ["_shared.ts", "hello.test.ts", "types.d.ts", ".hidden.ts", "notes.md"]) {
    write(`plugins/${name}`, "not a job {{{");
  }
  write("plugins/spare.js", "this is not read {{{");
  write(
    "config.yaml",
    "jobs:\n  hello: {schedule: {every: 10s}}\n  weekly: {plugin: reports/weekly#build}\n",
  );
  const loaded = await load();
  assert.deepEqual(loaded.diagnostics, []);
  assert.deepEqual(
    loaded.desired?.jobs.map(({ spec }) => spec.run),
    [
      { type: "plugin", plugin: "hello", export: null },
      { type: "plugin", plugin: "reports/weekly", export: "build" },
    ],
  );
  assert.equal(loaded.desired.settings.pluginDir, join(directory, "plugins"));
  assert.deepEqual([...loaded.plugins.keys()], ["hello", "reports/weekly"]);
  assert.deepEqual(loaded.available, [...Object.keys(BUILTINS), "spare"]);
  assert.match(loaded.hash, /^[0-9a-f]{64}$/);
});

test("mistakes in job code are shown in its file, with the text to show them in", async () => {
  write("plugins/hello.ts", "export default async () => {;\n");
  write("config.yaml", "jobs:\n  hello: {}\n  nope: {plugin: helo}\n");
  const loaded = await load();
  assert.equal(loaded.desired, null);
  assert.deepEqual(places(loaded.diagnostics), [
    "config.yaml:3:18 plugin/not-found",
    "plugins/hello.ts:1:30 plugin/syntax",
  ]);
  assert.equal(loaded.diagnostics[0]?.help, "did you mean `hello`?");
  assert.ok(loaded.sources.has("plugins/hello.ts"));
});

test("a link out of the plugin directory is refused, one inside is followed", async () => {
  write("outside.ts", JOB);
  write("plugins/reports/inside.ts", JOB);
  symlinkSync("../outside.ts", join(directory, "plugins", "out.ts"));
  symlinkSync("reports/inside.ts", join(directory, "plugins", "in.ts"));
  symlinkSync("/etc", join(directory, "plugins", "etc"));
  write(
    "config.yaml",
    "jobs:\n  out: {}\n  named: {plugin: out}\n  in: {}\n  host: {plugin: etc/hostname}\n",
  );
  assert.deepEqual(places((await load()).diagnostics), [
    "config.yaml:2:3 plugin/outside",
    "config.yaml:3:19 plugin/outside",
    "config.yaml:5:18 plugin/not-found",
  ]);
});

test("a plugin directory may itself be a link, as in a mounted ConfigMap", async () => {
  rmSync(join(directory, "plugins"), { recursive: true });
  mkdirSync(join(directory, "real", "..data"), { recursive: true });
  write("real/..data/hello.ts", JOB);
  symlinkSync("..data/hello.ts", join(directory, "real", "hello.ts"));
  symlinkSync("real", join(directory, "plugins"));
  write("config.yaml", "jobs:\n  hello: {}\n");
  assert.deepEqual((await load()).diagnostics, []);
});

test("files that hide a built-in or one another are errors", async () => {
  write("plugins/log_cleanup.ts", JOB);
  write("plugins/twice.js", JOB);
  write("plugins/twice.ts", JOB);
  write("config.yaml", "jobs: {}\n");
  assert.deepEqual(places((await load()).diagnostics), [
    "plugins/log_cleanup.ts:1:1 plugin/builtin-name",
    "plugins/twice.ts:1:1 plugin/ambiguous",
  ]);
});

test("a plugin directory that is named must be there", async () => {
  write("config.yaml", "plugins: ./code\njobs: {}\n");
  assert.deepEqual(places((await load()).diagnostics), ["config.yaml:1:10 plugin/directory"]);
});

test("what cannot be read is a diagnostic", async (t) => {
  assert.deepEqual(places((await load()).diagnostics), ["config.yaml:1:1 config/missing"]);
  mkdirSync(configFile);
  assert.deepEqual(places((await load()).diagnostics), ["config.yaml:1:1 config/not-a-file"]);
  rmSync(configFile, { recursive: true });
  writeFileSync(configFile, Buffer.from([0x61, 0x3a, 0x20, 0xff]));
  assert.deepEqual(places((await load()).diagnostics), ["config.yaml:1:4 yaml/encoding"]);
  writeFileSync(configFile, Buffer.alloc(10_000_001, "#"));
  assert.deepEqual(places((await load()).diagnostics), ["config.yaml:1:1 yaml/too-large"]);
  if (process.getuid?.() === 0) return t.diagnostic("root may read everything");
  write("config.yaml", "jobs: {}\n");
  chmodSync(configFile, 0);
  assert.deepEqual(places((await load()).diagnostics), ["config.yaml:1:1 config/unreadable"]);
});

test("a save that is torn when it is read is read again", async () => {
  write("config.yaml", "jobs:\n  a:\n    command: [x");
  const reading = load();
  const timer = setTimeout(() => write("config.yaml", "jobs:\n  a:\n    command: [x]\n"), 10);
  const loaded = await reading;
  clearTimeout(timer);
  assert.deepEqual(loaded.diagnostics, []);
  assert.equal(loaded.desired?.jobs.length, 1);
});

test("a reload takes over what did not change, and nothing else", async () => {
  write("plugins/hello.ts", JOB);
  write("config.yaml", "jobs:\n  hello: {}\n  a: {command: x}\n  b: {command: x}\n");
  const first = await load();
  write("config.yaml", "# moved\njobs:\n  hello: {}\n  a: {command: x}\n  b: {command: y}\n");
  const second = await load(first);
  const [hello, a, b] = second.desired?.jobs ?? [];
  assert.equal(second.plugins.get("hello"), first.plugins.get("hello"));
  assert.equal(a?.spec, first.desired?.jobs[1]?.spec, "the spec is not made again");
  assert.deepEqual(a?.place, { file: "config.yaml", line: 4, column: 3 });
  assert.notEqual(b?.specHash, first.desired?.jobs[2]?.specHash);
  assert.deepEqual(second.desired, (await load()).desired);
  write(
    "config.yaml",
    "defaults: {timeout: 1h}\njobs:\n  hello: {}\n  a: {command: x}\n  b: {command: y}\n",
  );
  const third = await load(second);
  assert.equal(
    third.desired?.jobs[0]?.spec.timeoutMs,
    3_600_000,
    "a default reaches unchanged entries",
  );
  assert.deepEqual(third.desired, (await load()).desired);
  assert.equal(hello?.spec.timeoutMs, 300_000);
});

test("changed job code is seen, a touched file is not read as another", async () => {
  const code = (schedule: string): string =>
    `import { defineJob } from "cronverge";\nexport default defineJob({ schedule: "${schedule}", execute() {} });\n`;
  write("plugins/hello.ts", code("0 1 * * *"));
  write("config.yaml", "jobs:\n  hello: {}\n");
  const first = await load();
  utimesSync(join(directory, "plugins", "hello.ts"), new Date(0), new Date(0));
  const touched = await load(first);
  assert.equal(touched.plugins.get("hello"), first.plugins.get("hello"));
  write("plugins/new.ts", code("0 2 * * *"));
  renameSync(join(directory, "plugins", "new.ts"), join(directory, "plugins", "hello.ts"));
  const second = await load(touched);
  assert.deepEqual(second.desired?.jobs[0]?.spec.schedule, {
    type: "cron",
    expression: "0 2 * * *",
    timezone: "UTC",
  });
});

test("a broken file in between does not spoil what is known", async () => {
  write("config.yaml", "jobs:\n  a: {command: x}\n  b: {command: x}\n");
  const first = await load();
  write("config.yaml", 'jobs:\n  a: {command: "x}\n  b: {command: x}\n');
  const broken = await load(first);
  assert.equal(broken.desired, null);
  write("config.yaml", "jobs:\n  a: {command: x}\n  b: {command: x}\n");
  assert.deepEqual((await load(broken)).desired, first.desired);
});

test("two names of one file are two plugins", async () => {
  write("plugins/reports/inside.ts", JOB);
  symlinkSync("reports/inside.ts", join(directory, "plugins", "link.ts"));
  write("config.yaml", "jobs:\n  a: {plugin: link}\n  b: {plugin: reports/inside}\n");
  const first = await load();
  assert.deepEqual(first.diagnostics, []);
  assert.deepEqual([...first.plugins.keys()], ["link", "reports/inside"]);
  assert.deepEqual([...(await load(first)).plugins.keys()], ["link", "reports/inside"]);
});

test("the script of a hook is looked for from the root of the project", async () => {
  const text = "jobs:\n  a: {command: [x], on_failure: {command: [scripts/tell.sh]}}\n";
  write("config.yaml", text);
  assert.deepEqual(places((await load()).diagnostics), ["config.yaml:2:44 command/missing-script"]);
  mkdirSync(join(directory, "scripts"));
  write("scripts/tell.sh", "echo\n");
  assert.deepEqual((await load()).diagnostics, []);

  // Of the usual place, the folder that holds `services/` is the root.
  const usual = join(directory, "services", "scheduler");
  mkdirSync(usual, { recursive: true });
  writeFileSync(join(usual, "config.yaml"), text);
  configFile = join(usual, "config.yaml");
  assert.deepEqual((await load()).diagnostics, []);
  write("services/scheduler/config.yaml", text.replace("scripts/", "../scripts/"));
  assert.deepEqual((await load()).diagnostics, [], "what leads out is not looked for");
  write("services/scheduler/config.yaml", text.replace("scripts/", "other/"));
  assert.equal((await load()).diagnostics.length, 1);
});
