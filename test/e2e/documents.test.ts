import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { parse } from "yaml";
import { findBuiltin } from "../../src/model/builtins.ts";
import { REASONS } from "../../src/model/execution.ts";
import { loadConfig } from "../../src/source/load.ts";
import type { Cleanup } from "../helpers/database.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const CONFIG = join("services", "scheduler", "config.yaml");
const DOCUMENTS = globSync(["*.md", "docs/*.md", "examples/**/README.md"], { cwd: ROOT }).sort();

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

interface Block {
  file: string;
  text: string;
}

/** The code blocks of a language, of all documents or of some. */
function blocks(language: string, files: readonly string[] = DOCUMENTS): Block[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms");
  return files.flatMap((file) =>
    [...read(file).matchAll(pattern)].map(([, text = ""]) => ({ file, text })),
  );
}

async function folder(t: Cleanup): Promise<string> {
  const made = await realpath(await mkdtemp(join(tmpdir(), "cronverge-documents-")));
  t.after(() => rm(made, { recursive: true, force: true }));
  return made;
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

test("every file and heading that a document links to is there", () => {
  const dead = DOCUMENTS.flatMap((file) =>
    [...read(file).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !/^[a-z]+:/.test(link) && !leadsSomewhere(file, link))
      .map((link) => `${file}: ${link}`),
  );
  assert.deepEqual(dead, []);
});

function leadsSomewhere(file: string, link: string): boolean {
  const [path = "", heading] = link.split("#");
  const target = path === "" ? file : normalize(join(dirname(file), path));
  if (!existsSync(join(ROOT, target))) return false;
  if (heading === undefined || !target.endsWith(".md")) return true;
  const headings = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => anchor(title));
  return headings.includes(heading);
}

/** As code hosts make it of a heading. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

/** A block that is a whole config, with the code that it names. */
async function checkBlock(root: string, { text }: Block): Promise<string[]> {
  const configFile = join(root, CONFIG);
  await write(configFile, text);
  const { jobs }: { jobs: Record<string, Record<string, unknown> | null> } = parse(text);
  for (const [name, job] of Object.entries(jobs)) {
    const { command, http, plugin = name } = job ?? {};
    if (command !== undefined || http !== undefined || findBuiltin(name) !== null) continue;
    const [path = "", exported] = String(plugin).split("#");
    const code = exported === undefined ? "default () => undefined" : `const ${exported} = () => 1`;
    const file = join(root, "services", "scheduler", "plugins", `${path}.ts`);
    await write(file, `export ${code};\n`);
  }
  const { diagnostics } = await loadConfig({ configFile, nowMs: Date.now() });
  return (
    diagnostics
      // The scripts of a document are its reader's.
      .filter(({ rule }) => rule !== "command/missing-script")
      .map(({ line, rule, message }) => `${line} ${rule} ${message}`)
  );
}

test("every config in a document passes check, without a warning", async (t) => {
  const configs = blocks("yaml").filter(({ text }) => /^jobs:/m.test(text));
  assert.ok(configs.length >= 9, `${configs.length} were found`);
  const root = await folder(t);
  for (const [index, block] of configs.entries()) {
    const found = await checkBlock(join(root, String(index)), block);
    assert.deepEqual(found, [], `${block.file}\n${block.text}`);
  }
});

test("the code of the guide to jobs is declared by its configs, and its tests pass", async (t) => {
  const guide = ["docs/writing-jobs.md"];
  const root = await folder(t);
  for (const { text } of blocks("ts", guide)) {
    const name = /^\/\/ (services\/scheduler\/plugins\/[\w.-]+)$/m.exec(text)?.[1];
    await write(join(root, name ?? assert.fail(text)), text);
  }
  await write(join(root, "package.json"), '{"type": "module"}');
  await mkdir(join(root, "node_modules"));
  await symlink(ROOT, join(root, "node_modules", "cronverge"));
  for (const { text } of blocks("yaml", guide)) {
    await write(join(root, CONFIG), text);
    const loaded = await loadConfig({ configFile: join(root, CONFIG), nowMs: Date.now() });
    assert.deepEqual(loaded.diagnostics, []);
  }
  const args = ["--conditions=cronverge-source", "--test"];
  const { PATH = "" } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    cwd: root,
    env: { PATH },
  });
  assert.match(stdout, /^ℹ pass 3$/m);
});

test("the table of messages has all that a scheduler says at warn and error, and all reasons", () => {
  const table = read("docs/troubleshooting.md");
  const problems = globSync("src/daemon/*.ts", { cwd: ROOT }).flatMap((file) =>
    problemsOf(read(file)),
  );
  const events = [
    ...read("src/cli/event-log.ts").matchAll(/message: "([^"]+)"|message = "([^"]+)"/g),
  ]
    .map(([, a, b]) => a ?? b ?? "")
    .filter((text) => !QUIET.has(text));
  assert.ok(problems.length >= 15 && events.length >= 12);
  const missing = [...problems, ...events, ...Object.keys(REASONS).map((code) => `\`${code}\``)];
  assert.deepEqual(
    missing.filter((text) => !table.includes(text.trim())),
    [],
  );
});

test("the table of errors has what a database may make of a start", () => {
  const table = read("docs/troubleshooting.md");
  const thrown = globSync(["src/store/{connection,embedded,migrate,server}*.ts"], { cwd: ROOT })
    .flatMap((file) => [
      ...read(file).matchAll(
        /const message =\s+[`"]([^`"$]{12,})|SchedulerError\("\w+", [`"]([^`"$]{12,})/g,
      ),
    ])
    .map(([, named, given]) => (named ?? given ?? "").split(" (")[0]?.trim() ?? "");
  assert.ok(thrown.length >= 15);
  assert.deepEqual(
    thrown.filter((text) => !table.includes(text)),
    [],
  );
});

/** What is fixed of the problems that a file tells of, by a helper or as events. */
function problemsOf(code: string): string[] {
  const failing = code.matchAll(/\bproblem\(\s*[\w.#]+,\s*["`]([^"`$]+)/g);
  const events = code.includes('type: "problem"')
    ? code.matchAll(/const message =\s+["`]([^"`]+)/g)
    : [];
  return [...failing, ...events].flatMap(([, text = ""]) => text.split(/\$\{[^}]*\}/));
}

/** What is told at info. */
const QUIET = new Set([
  "scheduler started",
  "config applied",
  "scheduler stopping",
  "scheduler stopped",
  "run started",
]);
