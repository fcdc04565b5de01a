import { execFileSync } from "node:child_process";
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import assert from "node:assert/strict";
import { MAX_FILE_BYTES } from "../../src/model/file-tree.ts";
import { DISK } from "../../src/source/disk.ts";
import { loadConfig, type LoadedConfig } from "../../src/source/load.ts";
import { listPlugins, MAX_MODULE_BYTES } from "../../src/source/plugins.ts";
import { MAX_CONFIG_BYTES } from "../../src/config/decode.ts";

interface Folder {
  root: string;
  configFile: string;
  write: (name: string, text: string) => void;
  link: (name: string, target: string) => void;
  load: (options?: { trusted?: boolean }) => Promise<LoadedConfig>;
  /** `line:column rule` of each finding. */
  findings: (options?: { trusted?: boolean }) => Promise<string[]>;
}

async function folder(t: TestContext): Promise<Folder> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "cronverge-hostile-")));
  t.after(() => rm(root, { recursive: true, force: true }));
  const configFile = join(root, "services", "scheduler", "config.yaml");
  const place = (name: string): string => {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    return join(root, name);
  };
  const load: Folder["load"] = (options = {}) =>
    loadConfig({ configFile, displayName: "config.yaml", nowMs: 0, ...options });
  return {
    root,
    configFile,
    write: (name, text) => writeFileSync(place(name), text),
    link: (name, target) => symlinkSync(target, place(name)),
    load,
    findings: async (options) =>
      (await load(options)).diagnostics.map(
        ({ line, column, rule }) => `${line}:${column} ${rule}`,
      ),
  };
}

const CONFIG = "services/scheduler/config.yaml";
const GOOD = "jobs:\n  a: {command: [date], schedule: {every: 1h}}\n";
const JOB = "export default () => {};\n";
/** A file of the kernel that says it is empty and has gigabytes. */
const ENDLESS = "/proc/self/pagemap";

test("a file is read as far as the limit, whatever it says of its size", async (t) => {
  const { root, write } = await folder(t);
  write("empty", "");
  write("text", "0123456789");
  assert.equal((await DISK.read(join(root, "empty"))).length, 0);
  assert.equal(String(await DISK.read(join(root, "text"), 10)), "0123456789");
  await assert.rejects(DISK.read(join(root, "text"), 9), { code: "EFBIG" });
  write("large", "x".repeat(100_000));
  assert.equal((await DISK.read(join(root, "large"))).length, 100_000);
  assert.ok((await DISK.read("/proc/self/status")).length > 100);
  await assert.rejects(DISK.read(ENDLESS, 100_000), { code: "EFBIG" });
  await assert.rejects(DISK.read("/dev/zero"), /not an ordinary file/);
  await assert.rejects(DISK.read(root), /not an ordinary file/);
});

test("a config that is a link to an endless file is too large", async (t) => {
  const { link, load } = await folder(t);
  link(CONFIG, ENDLESS);
  const { diagnostics } = await load();
  assert.equal(diagnostics[0]?.rule, "yaml/too-large");
  assert.match(diagnostics[0]?.message ?? "", /more than 4 MB; at most 4 MB/);
});

test("a package.json and a module that never end take no memory", async (t) => {
  const { root, write, link, findings } = await folder(t);
  write(CONFIG, "jobs:\n  a: {schedule: {every: 1h}}\n");
  write("services/scheduler/plugins/a.ts", `import "./_b.ts"; import "left-pad";\n${JOB}`);
  link("services/scheduler/plugins/_b.ts", ENDLESS);
  const before = process.memoryUsage.rss();
  assert.ok((await findings()).length > 0, "the endless module is no module");
  link("package.json", ENDLESS);
  await assert.rejects(findings(), {
    code: "io",
    message: `${join(root, "package.json")} cannot be read: it is larger than 1 MB`,
  });
  assert.ok(process.memoryUsage.rss() - before < 300_000_000);
});

test("a plugin that is a pipe is told of and not waited for", async (t) => {
  const { root, write, findings } = await folder(t);
  write(CONFIG, "jobs:\n  a: {schedule: {every: 1h}}\n");
  write("services/scheduler/plugins/b.ts", JOB);
  execFileSync("mkfifo", [join(root, "services/scheduler/plugins/a.ts")]);
  assert.deepEqual(await findings(), ["1:1 plugin/unreadable"]);
});

test("a plugin that is too large is told of before it is parsed", async (t) => {
  const { write, load } = await folder(t);
  write(CONFIG, "jobs:\n  a: {schedule: {every: 1h}}\n  c: {schedule: {every: 1h}}\n");
  write("services/scheduler/plugins/a.ts", "a;".repeat(MAX_MODULE_BYTES));
  write("services/scheduler/plugins/c.ts", `import "./_d.js";\n${JOB}`);
  write("services/scheduler/plugins/_d.js", "a;".repeat(MAX_MODULE_BYTES / 2 + 1));
  assert.ok(MAX_MODULE_BYTES < MAX_FILE_BYTES && MAX_CONFIG_BYTES <= MAX_FILE_BYTES);
  const { diagnostics } = await load();
  assert.deepEqual(
    diagnostics.map(({ rule, message }) => `${rule} ${message}`),
    [
      "plugin/too-large the file is larger than 2 MB",
      "plugin/too-large the file is larger than 2 MB",
    ],
  );
});

test("a plugin directory without end is listed up to a limit", async () => {
  const entries = ["a", "b", "c"].map((name) => ({ name, kind: "folder" as const }));
  const tree = {
    ...DISK,
    realpath: async (path: string) => path,
    stat: async () => ({ kind: "folder" as const, size: 0, stamp: "" }),
    list: async () => [...entries],
  };
  const { diagnostics } = await listPlugins("/plugins", { displayDirectory: "plugins", tree });
  assert.deepEqual(
    diagnostics.map(({ rule, file }) => `${file} ${rule}`),
    ["plugins plugin/too-many"],
  );
});

test("a config that is a link out of its checkout is not read, but for whoever runs it", async (t) => {
  const { write, link, load, findings } = await folder(t);
  const other = await folder(t);
  other.write("secret", "host:5432:app:user:very-secret\n");
  other.write("good.yaml", GOOD);
  write(".git/HEAD", "");
  link(CONFIG, join(other.root, "secret"));
  const loaded = await load();
  assert.deepEqual(
    loaded.diagnostics.map(({ rule }) => rule),
    ["config/outside"],
  );
  assert.doesNotMatch(JSON.stringify([loaded.diagnostics, ...loaded.sources]), /very-secret/);
  assert.notDeepEqual(await findings({ trusted: true }), ["1:1 config/outside"]);
});

test("a folder that is a link out of the checkout, and git's own files, are outside too", async (t) => {
  const { root, write, link } = await folder(t);
  const other = await folder(t);
  other.write("scheduler/config.yaml", GOOD);
  other.write("scheduler/.git/HEAD", "");
  write(".git/config", "[http]\n\textraheader = very-secret\n");
  link("services", other.root);
  link("own.yaml", join(root, ".git", "config"));
  for (const configFile of [join(root, CONFIG), join(root, "own.yaml")]) {
    const { diagnostics } = await loadConfig({ configFile, nowMs: 0 });
    assert.deepEqual(
      diagnostics.map(({ rule }) => rule),
      ["config/outside"],
    );
  }
});

test("links inside of a checkout, to a checkout, and where there is none go on to work", async (t) => {
  const inside = await folder(t);
  inside.write(".git", "gitdir: elsewhere\n");
  inside.write("deploy/..data/config.yaml", GOOD);
  inside.link(CONFIG, "../../deploy/..data/config.yaml");
  assert.deepEqual(await inside.findings(), []);
  const around = await folder(t);
  around.write(".git/HEAD", "");
  around.link("checkout", inside.root);
  const configFile = join(around.root, "checkout", CONFIG);
  assert.deepEqual((await loadConfig({ configFile, nowMs: 0 })).diagnostics, []);
  const mounted = await folder(t);
  mounted.link(CONFIG, realpathSync(inside.configFile));
  assert.deepEqual(await mounted.findings(), []);
});

test("job code outside of the checkout is not listed, but for whoever runs it", async (t) => {
  const { root, write, findings } = await folder(t);
  const other = await folder(t);
  other.write("a.ts", JOB);
  write(".git/HEAD", "");
  write(CONFIG, `plugins: ${other.root}\njobs:\n  a: {schedule: {every: 1h}}\n`);
  assert.deepEqual(await findings(), ["1:10 plugin/outside", "3:3 plugin/not-found"]);
  const trusted = await findings({ trusted: true });
  assert.ok(!trusted.includes("1:10 plugin/outside"), `${root}: ${trusted.join()}`);
});
