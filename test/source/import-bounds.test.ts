import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { pathBelow, type FileTree } from "../../src/model/file-tree.ts";
import { DISK } from "../../src/source/disk.ts";
import { loadConfig } from "../../src/source/load.ts";

interface Checkout {
  /** Writes a file below the folder that holds the checkout `repo` and a folder `elsewhere`. */
  write: (name: string, text: string) => Promise<void>;
  link: (name: string, target: string) => Promise<void>;
  /** `line:column rule` of each finding, the modules followed, and what was opened outside. */
  check: () => Promise<{ findings: string[]; modules: string[]; opened: string[] }>;
}

async function checkout(t: TestContext): Promise<Checkout> {
  const above = await realpath(await mkdtemp(join(tmpdir(), "cronverge-bounds-")));
  t.after(() => rm(above, { recursive: true, force: true }));
  const place = async (name: string): Promise<string> => {
    await mkdir(dirname(join(above, name)), { recursive: true });
    return join(above, name);
  };
  const write = async (name: string, text: string): Promise<void> =>
    writeFile(await place(name), text);
  await mkdir(join(above, "repo/.git"), { recursive: true });
  await write("repo/services/scheduler/config.yaml", "jobs:\n  job: {schedule: '@daily'}\n");
  await write("elsewhere/keys.ts", 'export const KEY = "secret";\nexport const = 1;\n');
  await write("elsewhere/package.json", '{"name": "near", "main": "keys.ts"}');
  return {
    write,
    link: async (name, target) => symlink(target, await place(name)),
    check: async () => {
      const opened = new Set<string>();
      const seen = (path: string): string => {
        if (pathBelow(join(above, "repo"), path) === null) opened.add(path);
        return path;
      };
      const tree: FileTree = {
        ...DISK,
        list: async (path) => DISK.list(seen(await realpath(path))),
        read: async (path, maxBytes) => DISK.read(seen(await realpath(path)), maxBytes),
      };
      const configFile = join(above, "repo/services/scheduler/config.yaml");
      const loaded = await loadConfig({ configFile, displayName: "c.yaml", nowMs: 0, tree });
      const modules = loaded.code.get("job")?.modules.slice(1) ?? [];
      return {
        findings: loaded.diagnostics.map(({ line, column, rule }) => `${line}:${column} ${rule}`),
        modules: modules.map(({ path }) => pathBelow(above, path) ?? path),
        opened: [...opened],
      };
    },
  };
}

const JOB = "repo/services/scheduler/plugins/job.ts";

test("a computed name that leads out of the project is refused, and nothing there is read", async (t) => {
  const { write, link, check } = await checkout(t);
  const job = (name: string): string => `export default (x: string) => import(${name});\n`;
  const refused = { findings: ["1:38 plugin/outside"], modules: [], opened: [] };
  await write(JOB, job("`../../../../elsewhere/${x}`"));
  assert.deepEqual(await check(), refused);
  await write(JOB, job("`../../../../not-there/${x}`"));
  assert.deepEqual(await check(), refused);
  await link("repo/services/scheduler/plugins/_out", "../../../../elsewhere");
  await write(JOB, job("`./_out/${x}`"));
  assert.deepEqual(await check(), refused);
  await write("repo/services/scheduler/plugins/_in/a.ts", "export {};\n");
  await link("repo/services/scheduler/plugins/_in/below", "../../../../../elsewhere");
  await write(JOB, job("`./_in/${x}`"));
  const inside = "repo/services/scheduler/plugins/_in/a.ts";
  assert.deepEqual(await check(), { findings: [], modules: [inside], opened: [] });
  await link("repo/services/scheduler/plugins/_in/keys.ts", "../../../../../elsewhere/keys.ts");
  assert.deepEqual(await check(), { ...refused, modules: [inside] });
});

test("a file that may hold secrets is refused and not read, there or not", async (t) => {
  const { write, link, check } = await checkout(t);
  const job = (name: string): string =>
    `export default (x: string) => import(${name}, { with: { type: "text" } });\n`;
  const refused = { findings: ["1:38 plugin/secret"], modules: [], opened: [] };
  await link("repo/services/scheduler/plugins/_note.txt", "../../../.env");
  for (const there of [false, true]) {
    if (there) await write("repo/.env", "KEY=1\n");
    if (there) await write("repo/.cronverge/postgres/password", "secret\n");
    const names = [".env", ".env.local", ".env?raw", ".git/config", ".cronverge/postgres/password"];
    for (const name of names) {
      await write(JOB, job(`"../../../${name}"`));
      assert.deepEqual(await check(), refused, name);
    }
    await write(JOB, job("`../../../.git/${x}`"));
    assert.deepEqual(await check(), refused);
  }
  await write(JOB, job('"./_note.txt"'));
  assert.deepEqual(await check(), refused);
  await write(JOB, job("`../../../.env${x}`"));
  assert.deepEqual(await check(), refused);
  await write(JOB, job('"#secret"'));
  await write("repo/package.json", '{"imports": {"#secret": "./.env"}}');
  assert.deepEqual(await check(), refused);
});

test("a workspace has no packages outside of the project", async (t) => {
  const { write, link, check } = await checkout(t);
  await write(JOB, 'import near from "near";\nexport default () => near;\n');
  for (const pattern of [
    "../*",
    "../elsewhere",
    "packages/../../else*",
    "linked",
    "linke*/",
    "l/*",
  ]) {
    const manifest = { dependencies: { near: "*" }, workspaces: [pattern] };
    await write("repo/package.json", JSON.stringify(manifest));
    assert.deepEqual(await check(), { findings: [], modules: [], opened: [] }, pattern);
    if (pattern === "../elsewhere") await link("repo/linked", "../elsewhere");
    if (pattern === "linked") await link("repo/l/inner", "../../elsewhere");
  }
});

test("the name of a file outside is not offered for one that is missing", async (t) => {
  const { write, link, check } = await checkout(t);
  await link("repo/services/scheduler/plugins/_out", "../../../../elsewhere");
  await write(JOB, 'import key from "./_out/key.ts";\nexport default () => key;\n');
  assert.deepEqual(await check(), { findings: ["1:17 plugin/outside"], modules: [], opened: [] });
});
